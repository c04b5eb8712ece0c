import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { PlainError } from '../plain-error.ts'
import { environmentFor, findJava } from './java.ts'
import { findMaven } from './maven.ts'
import { cachedFolder } from './tools-folder.ts'

const timeoutMs = 600_000

type Wanted = {
  /** Of the folder in the cache. */
  folder: string
  /** In words: what is fetched. */
  what: string
  /** What else a person can do. */
  instead: string
  /** Of Maven, to fill this folder. */
  args: (unfinished: string) => string[]
}

/** A folder of the cache that Maven fills once. */
export function fetchByMaven({ folder, what, instead, args }: Wanted): string {
  return cachedFolder(folder, (unfinished) => {
    const java = findJava() // Maven needs it too
    const maven = findMaven()
    console.error(`fetching ${what} by Maven`)
    const repository = join(unfinished, 'repository')
    mkdirSync(repository)
    const always = ['-q', '-B', '-Dstyle.color=never', `-Dmaven.repo.local=${repository}`]
    const env = { ...process.env, ...environmentFor(java, repository) }
    const options = { env, encoding: 'utf8', timeout: timeoutMs, cwd: unfinished } as const
    const { status, stdout } = spawnSync(maven, [...always, ...args(unfinished)], options)
    if (status !== 0) {
      const error = /^\[ERROR\] (.*?)(?: -> \[Help \d+\])?$/m
      const reason = error.exec(stdout ?? '')?.[1] ?? 'it says no reason'
      throw new PlainError(
        `Maven could not fetch ${what}: is its registry reachable? Or ${instead}. Maven says: ${reason}`,
      )
    }
    rmSync(repository, { recursive: true, force: true })
  })
}
