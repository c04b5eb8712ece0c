import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findOnPath } from '../parts/find-on-path.ts'
import { findOrInstall, type Tool } from '../parts/tools.ts'
import { cachedFolder, toolsFolder } from '../parts/tools-folder.ts'
import { PlainError } from '../plain-error.ts'

const version = '1.8.1'
const least = { major: 1, minor: 8 } // older ones do not run TypeScript with imports that end in .ts
const folderName = `k6-${version}`
const buildTimeoutMs = 30 * 60_000
const kindness = '19'

const goTool: Tool = {
  name: 'go',
  aptPackages: ['golang-go'],
  brew: 'go',
  instead: `put k6 ${least.major}.${least.minor} or newer on PATH`,
  fallback: {
    what: 'Go',
    kept: () => undefined,
    whyNot: () => 'Go is in no other registry',
    fetch: () => '',
  },
}

export type K6 = { path: string; words: string }

/** From PATH, else what was built before. */
export function presentK6(): K6 | undefined {
  const kept = join(toolsFolder(), folderName, 'k6')
  const paths = [findOnPath('k6'), existsSync(kept) ? kept : undefined]
  for (const path of paths) {
    const words = path && wordsOf(path)
    if (path && words && isGood(words)) return { path, words }
  }
  return undefined
}

/** k6 is under the AGPL: it is fetched and built only where somebody asks for it. */
export function findK6({ build }: { build: boolean }): K6 {
  const present = presentK6()
  if (present) return present
  if (!build) {
    throw new PlainError(
      `there is no k6 ${least.major}.${least.minor} or newer on PATH: install it, or say --build to have Go build k6 ${version} (AGPL-3.0) once, in some minutes, and keep it for all checkouts`,
    )
  }
  const path = join(cachedFolder(folderName, buildK6), 'k6')
  return { path, words: wordsOf(path) ?? `k6 v${version}` }
}

/** Go tells on standard error what it fetches and compiles; whatever else runs here goes first. */
function buildK6(folder: string): void {
  const go = findOrInstall(goTool)
  console.error(`building k6 ${version} with ${go}: some minutes, once`)
  const module = `go.k6.io/k6@v${version}`
  const { status } = spawnSync('nice', ['-n', kindness, go, 'install', '-v', module], {
    env: { ...process.env, GOBIN: folder, GOFLAGS: '' },
    stdio: ['ignore', 2, 2],
    timeout: buildTimeoutMs,
  })
  if (status === 0 && existsSync(join(folder, 'k6'))) return
  throw new PlainError(`go could not build ${module}: see above, or ${goTool.instead}`)
}

function wordsOf(path: string): string | undefined {
  const { stdout } = spawnSync(path, ['version'], { encoding: 'utf8', timeout: 10_000 })
  return stdout?.trim().split('\n')[0] || undefined
}

export function isGood(words: string): boolean {
  const [, major, minor] = /\bv(\d+)\.(\d+)\./.exec(words) ?? []
  if (major === undefined) return false
  return (
    Number(major) > least.major || (Number(major) === least.major && Number(minor) >= least.minor)
  )
}
