import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { findOnPath } from '../parts/find-on-path.ts'
import { cachedFolder, toolsFolder } from '../parts/tools-folder.ts'
import { PlainError } from '../plain-error.ts'
import type { Module } from './modules.ts'

const FETCH_TIMEOUT_MS = 600_000
const BUILD_TIMEOUT_MS = 3_600_000 // a slow core that much else is done on
const Downloaded = z.object({ Dir: z.string(), Sum: z.string() })

/** Go's caches are among the tools of `./dev`: nothing of it is in the checkout. */
export function goEnv(): NodeJS.ProcessEnv {
  const folder = join(toolsFolder(), 'go')
  const caches = { GOMODCACHE: join(folder, 'mod'), GOCACHE: join(folder, 'build') }
  return { ...process.env, ...caches, GOWORK: 'off' }
}

export function findGo(): string {
  const go = findOnPath('go')
  if (go) return go
  throw new PlainError('go is missing: install Go 1.24 or newer, from go.dev or your packages')
}

type Run = { cwd?: string; env?: NodeJS.ProcessEnv; timeoutMs?: number }

/** What it prints; its own words, shown as they come, where it fails. */
export function go(args: string[], { cwd, env = {}, timeoutMs = FETCH_TIMEOUT_MS }: Run = {}) {
  const outside = join(toolsFolder(), 'go') // in no module
  mkdirSync(outside, { recursive: true })
  try {
    return execFileSync(findGo(), args, {
      cwd: cwd ?? outside,
      env: { ...goEnv(), ...env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 2],
      timeout: timeoutMs,
      maxBuffer: 64 * 1024 * 1024,
    })
  } catch {
    throw new PlainError(`go ${args.join(' ')} failed`)
  }
}

/** The folder of a module as it was published, compared with the hash that is on record here. */
export function moduleFolder({ path, version, sum }: Module): string {
  const printed = go(['mod', 'download', '-json', `${path}@${version}`])
  const { Dir, Sum } = Downloaded.parse(JSON.parse(printed))
  if (Sum === sum) return Dir
  throw new PlainError(`${path}@${version} is not the one that is on record here: ${Sum}`)
}

/** A program of a module, built once. */
export function goProgram(module: Module, folder: string): string {
  moduleFolder(module)
  const name = folder.split('/').at(-1) ?? ''
  const bin = cachedFolder(`${name}-${module.version}`, (unfinished) => {
    console.error(`building ${name} ${module.version}`)
    const options = { env: { GOBIN: unfinished }, timeoutMs: BUILD_TIMEOUT_MS }
    go(['install', `${module.path}/${folder}@${module.version}`], options)
  })
  return join(bin, name)
}
