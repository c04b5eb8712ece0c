import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, stateDirOf } from '../checkout.ts'
import { PlainError } from '../plain-error.ts'

const firstFileOfTheChange = 'packages/contracts/src/events/payment-captured-2.ts'
const maxBuffer = 256 * 1024 * 1024

/** The commit before the one that brought version 2 of an event and the column that goes with it. */
export function olderCommit(): string {
  const args = ['log', '--diff-filter=A', '--format=%H', '--', firstFileOfTheChange]
  const [change] = git(args).toString().trim().split('\n')
  if (!change)
    throw new PlainError('the release before is taken from the history of a git checkout')
  return git(['rev-parse', '--short=12', `${change}^`])
    .toString()
    .trim()
}

/** A checkout of it with its packages installed, in a folder that is made once; its root. */
export async function olderCheckout(): Promise<string> {
  const commit = olderCommit()
  const folder = join(stateDirOf('older'), commit)
  const isWhole = join(folder, '.installed')
  if (existsSync(isWhole)) return folder
  console.error(`installing the release before, commit ${commit}`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  execFileSync('tar', ['-x', '-C', folder], { input: git(['archive', commit]), maxBuffer })
  execFileSync('sh', [join(folder, 'dev'), 'help'], { stdio: 'ignore' }) // installs before anything else
  writeFileSync(isWhole, '')
  return folder
}

const git = (args: string[]) =>
  execFileSync('git', args, { cwd: root, maxBuffer, stdio: ['ignore', 'pipe', 'pipe'] })
