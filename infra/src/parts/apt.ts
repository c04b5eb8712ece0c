import { spawnSync } from 'node:child_process'
import { findOnPath } from './find-on-path.ts'

const timeoutMs = 600_000
const isRoot = () => process.getuid?.() === 0

/** Why nothing can be installed here; undefined where it can be tried. */
export function whyNoApt(): string | undefined {
  if (!findOnPath('apt-get')) return 'there is no apt-get here'
  if (isRoot()) return undefined
  const sudo = findOnPath('sudo')
  if (!sudo) return 'apt-get needs root'
  const { status } = spawnSync(sudo, ['-n', 'true'], { stdio: 'ignore' })
  return status === 0 ? undefined : 'apt-get needs root, and sudo a password'
}

/** What went wrong, in words; undefined when all went well. */
export function aptInstall(packages: string[]): string | undefined {
  const problem = whyNoApt()
  if (problem) return problem
  const apt = findOnPath('apt-get') ?? 'apt-get'
  const prefix = isRoot() ? [] : ['sudo', '-n']
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const run = (...args: string[]) => {
    const [command = apt, ...rest] = [...prefix, apt, ...args]
    return spawnSync(command, rest, { env, stdio: ['ignore', 2, 2], timeout: timeoutMs }).status
  }
  const install = ['install', '-y', '--no-install-recommends', ...packages]
  if (run('update', '-q') !== 0) console.error('apt-get update failed, trying with the old lists')
  return run(...install) === 0 ? undefined : 'apt-get install failed'
}
