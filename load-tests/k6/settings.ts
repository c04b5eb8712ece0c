import { type ScriptName, type Sizes, sizesOf } from './sizes.ts'

export type Settings = {
  script: ScriptName
  sizes: Sizes
  url: string
  /** A sale that is there already; else the script makes one, with the admin's token. */
  saleId: string | undefined
  adminToken: string | undefined
  /** One buyer's token a line. */
  tokensFile: string
  vusMax: number
}

const vusMaxUsual = 1_500

/** What the environment says. Names begin with FLASHSALE_, so that no other program's are taken. */
export function readSettings(script: ScriptName): Settings {
  const asked: Partial<Sizes> = {}
  const peakPerSecond = number('FLASHSALE_PEAK')
  const seconds = number('FLASHSALE_SECONDS')
  const stock = number('FLASHSALE_STOCK')
  if (peakPerSecond !== undefined) asked.peakPerSecond = peakPerSecond
  if (seconds !== undefined) asked.seconds = seconds
  if (stock !== undefined) asked.stock = stock
  const tokensFile = text('FLASHSALE_TOKENS_FILE')
  if (!tokensFile)
    throw new Error('FLASHSALE_TOKENS_FILE names no file: ./dev token --count N --out')
  return {
    script,
    sizes: sizesOf(script, asked),
    url: text('FLASHSALE_URL') ?? 'http://127.0.0.1:8080',
    saleId: text('FLASHSALE_SALE_ID'),
    adminToken: text('FLASHSALE_ADMIN_TOKEN'),
    tokensFile,
    vusMax: number('FLASHSALE_VUS_MAX') ?? vusMaxUsual,
  }
}

export function text(name: string): string | undefined {
  return __ENV[name] || undefined
}

function number(name: string): number | undefined {
  const value = text(name)
  if (value === undefined) return undefined
  if (/^[1-9]\d*$/.test(value)) return Number(value)
  throw new Error(`${name} takes a whole number above 0, not ${value}`)
}
