import { parseArgs } from 'node:util'
import { type ScriptName, type Sizes, scriptNames, sizesOf } from '../../../load-tests/k6/sizes.ts'
import { whole, writable } from '../demo/options.ts'
import { UsageError } from '../plain-error.ts'

const peakMax = 50_000
const secondsMax = 4 * 3_600
const stockMax = 1_000_000

export type K6Options = {
  script: ScriptName
  sizes: Sizes
  /** A system that is there already; else one of our own is brought up. */
  url: string | undefined
  /** What the script told in a run that is over: it is judged as if k6 had run here. */
  told: string | undefined
  json: string | undefined
  html: string | undefined
  /** k6 may be built here when there is none. */
  build: boolean
}

export function readK6Options(args: string[]): K6Options {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      peak: text,
      seconds: text,
      stock: text,
      url: text,
      told: text,
      json: text,
      html: text,
      build: flag,
    },
  })
  const script = scriptNamed(positionals)
  if (
    values.told !== undefined &&
    (values.url === undefined || !process.env.FLASHSALE_TOKENS_FILE)
  ) {
    throw new UsageError(
      '--told takes --url and FLASHSALE_TOKENS_FILE: the system and tokens of then',
    )
  }
  const asked: Partial<Sizes> = {}
  if (values.peak) asked.peakPerSecond = whole('peak', values.peak, { min: 1, max: peakMax })
  if (values.seconds) asked.seconds = whole('seconds', values.seconds, { min: 2, max: secondsMax })
  if (values.stock) asked.stock = whole('stock', values.stock, { min: 1, max: stockMax })
  return {
    script,
    sizes: sizesOf(script, asked),
    url: values.url === undefined ? undefined : httpUrl(values.url),
    told: values.told,
    json: values.json === undefined ? undefined : writable(values.json),
    html: values.html === undefined ? undefined : writable(values.html, 'html'),
    build: values.build ?? false,
  }
}

function scriptNamed([name, ...more]: string[]): ScriptName {
  const found = scriptNames.find((script) => script === name)
  if (found && more.length === 0) return found
  throw new UsageError(
    `k6 takes one of ${scriptNames.join(', ')}, not ${[name ?? 'nothing', ...more].join(' ')}`,
  )
}

function httpUrl(text: string): string {
  const isUrl = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
  if (!isUrl) throw new UsageError(`--url takes the gateway's address, not ${text}`)
  return text.replace(/\/+$/, '')
}
