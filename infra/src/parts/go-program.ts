import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { PlainError } from '../plain-error.ts'
import { findOnPath } from './find-on-path.ts'
import { cachedFolder, toolsFolder } from './tools-folder.ts'

const timeoutMs = 570_000

/** A program that is built from its module, once, into the tools folder. */
export type GoProgram = { name: string; path: string; version: string }

const folderOf = ({ name, version }: GoProgram) => `${name}-${version}`

/** Why it can't be had here; undefined where it is there or can be tried. */
export function whyNoGoProgram(program: GoProgram): string | undefined {
  if (existsSync(join(toolsFolder(), folderOf(program)))) return undefined
  return findOnPath('go') ? undefined : `there is no go here to build ${program.name} with`
}

export function goProgram(program: GoProgram): string {
  const { name, path, version } = program
  const problem = whyNoGoProgram(program)
  if (problem) throw new PlainError(`could not get ${name}: ${problem}`)
  const folder = cachedFolder(folderOf(program), (unfinished) => {
    console.error(`building ${name} ${version} by go install, once`)
    const env = { ...process.env, GOBIN: unfinished, GOFLAGS: '' }
    const options = { env, encoding: 'utf8', timeout: timeoutMs } as const
    const args = ['install', `${path}@${version}`]
    const { status, stderr } = spawnSync(findOnPath('go') ?? 'go', args, options)
    if (status === 0) return
    const reason = stderr?.trim().split('\n').at(-1) || 'no reason given'
    throw new PlainError(`go could not build ${name} ${version}: ${reason}`)
  })
  return join(folder, name)
}
