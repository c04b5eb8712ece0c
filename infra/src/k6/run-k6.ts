import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Summary } from '../../../load-tests/k6/summary.ts'
import { root } from '../checkout.ts'
import type { K6Options } from './options.ts'

/** k6's own: all ran, but a threshold was missed. */
export const thresholdsMissed = 99

export type K6Run = { code: number; summary: Summary | undefined; toldFile: string; folder: string }
type Wanted = {
  path: string
  options: Pick<K6Options, 'script' | 'sizes'>
  url: string
  adminToken: string
  tokens: readonly string[]
}

/** Runs the script to its end; its progress goes to standard error. */
export async function runK6({ path, options, url, adminToken, tokens }: Wanted): Promise<K6Run> {
  const folder = mkdtempSync(join(tmpdir(), 'flashsale-k6-'))
  const files = {
    tokens: join(folder, 'tokens'),
    summary: join(folder, 'summary.json'),
    told: join(folder, 'told.log'),
  }
  writeFileSync(files.tokens, tokens.join('\n'), { mode: 0o600 })
  const { script, sizes } = options
  const child = spawn(path, [...flags, '--console-output', files.told, scriptFile(script)], {
    env: {
      ...process.env,
      FLASHSALE_URL: url,
      FLASHSALE_ADMIN_TOKEN: adminToken,
      FLASHSALE_TOKENS_FILE: files.tokens,
      FLASHSALE_SUMMARY_FILE: files.summary,
      FLASHSALE_PEAK: String(sizes.peakPerSecond),
      FLASHSALE_SECONDS: String(sizes.seconds),
      FLASHSALE_STOCK: String(sizes.stock),
    },
    stdio: ['ignore', 2, 2], // standard output is for the result
  })
  const code = await endOf(child).finally(() => rmSync(files.tokens, { force: true }))
  const summary = existsSync(files.summary)
    ? (JSON.parse(readFileSync(files.summary, 'utf8')) as Summary)
    : undefined
  return { code, summary, toldFile: files.told, folder }
}

const flags = [
  'run',
  '--no-usage-report',
  '--include-system-env-vars', // no secret stands in a command line
  '--address=', // several runs at a time want no port of their own
  '--log-format=raw',
]

const scriptFile = (script: string) => join(root, 'load-tests/k6', `${script}.ts`)

async function endOf(child: ChildProcess): Promise<number> {
  const end = () => child.kill()
  process.once('exit', end)
  const [code, signal] = await once(child, 'exit').finally(() => process.off('exit', end))
  if (code === null) console.error(`k6 was ended by ${signal}`)
  return code ?? 1
}
