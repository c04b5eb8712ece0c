import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { PlainError } from '../plain-error.ts'

export function toolsFolder(): string {
  const { DEV_TOOLS_DIR, XDG_CACHE_HOME } = process.env
  return DEV_TOOLS_DIR || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'flashsale-tools')
}

export function findOnPath(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** From PATH, else by apt, else one line that says what to do. */
export function findOrInstall(name: string, aptPackages: string[], instead: string): string {
  const found = findOnPath(name)
  if (found) return found
  console.error(`${name} is missing: installing ${aptPackages.join(' ')} by apt`)
  const problem = aptInstall(aptPackages)
  const installed = findOnPath(name)
  if (installed) return installed
  throw new PlainError(`could not get ${name} (${problem}): install it, or ${instead}`)
}

/** Why nothing can be installed here; undefined where it can be tried. */
export function whyNoApt(): string | undefined {
  if (!findOnPath('apt-get')) return 'there is no apt-get here'
  return isRoot() || findOnPath('sudo') ? undefined : 'apt-get needs root'
}

const isRoot = () => process.getuid?.() === 0

function aptInstall(packages: string[]): string {
  const problem = whyNoApt()
  if (problem) return problem
  const apt = findOnPath('apt-get') ?? 'apt-get'
  const prefix = isRoot() ? [] : ['sudo', '-n']
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const run = (...args: string[]) => {
    const [command = apt, ...rest] = [...prefix, apt, ...args]
    return spawnSync(command, rest, { env, stdio: ['ignore', 2, 2], timeout: 600_000 }).status
  }
  const install = ['install', '-y', '--no-install-recommends', ...packages]
  if (run('update', '-q') !== 0) console.error('apt-get update failed, trying with the old lists')
  return run(...install) === 0 ? 'installed, but not on PATH' : 'apt-get install failed'
}
