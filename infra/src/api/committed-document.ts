import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../checkout.ts'
import { PlainError } from '../plain-error.ts'

/** In the checkout: what outsiders read, and what a change is compared with. */
export const documentPath = 'docs/openapi.json'

const bytesMax = 16 * 1024 * 1024

export function committedDocument(): string {
  try {
    return readFileSync(join(root, documentPath), 'utf8')
  } catch {
    throw new PlainError(`${documentPath} is missing: ./dev api --write`)
  }
}

/** As it was at a commit, a branch or a tag. */
export function documentAt(ref: string): string {
  const args = ['show', '--end-of-options', `${ref}:${documentPath}`]
  const options = { cwd: root, encoding: 'utf8', maxBuffer: bytesMax } as const
  const { status, stdout, stderr } = spawnSync('git', args, options)
  if (status === 0) return stdout
  throw new PlainError(`there is no ${documentPath} at ${ref}: ${stderr.trim()}`)
}

/** What `./dev check` complains of; empty when the gateway says what is committed. */
export function documentComplaint(committed: string, present: string): string {
  if (committed === present) return ''
  const [there, here] = [committed.split('\n'), present.split('\n')]
  const line = here.findIndex((text, index) => text !== there[index])
  const at = line === -1 ? here.length : line
  return [
    `${documentPath} is not what the gateway says: ./dev api --write, and see that its version is raised`,
    `line ${at + 1}: ${there[at]?.trim() ?? 'ends'}`,
    `the gateway: ${here[at]?.trim() ?? 'ends'}`,
  ].join('\n')
}
