import { accessSync, constants, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { UsageError } from '../plain-error.ts'

const buyersMax = 20_000
const stockMax = 10_000
const seedMax = 2 ** 32 - 1

export type Options = { stock: number; buyers: number; seed: number; json: string | undefined }

export function readOptions(args: string[]): Options {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args,
    options: { stock: text, buyers: text, seed: text, json: text },
  })
  return {
    stock: whole('stock', values.stock ?? '500', { min: 1, max: stockMax }),
    buyers: whole('buyers', values.buyers ?? '5000', { min: 1, max: buyersMax }),
    seed: whole('seed', values.seed ?? '1', { min: 0, max: seedMax }),
    json: values.json === undefined ? undefined : writable(values.json),
  }
}

export function whole(
  name: string,
  text: string,
  { min, max }: { min: number; max: number },
): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= min && number <= max) return number
  throw new UsageError(`--${name} takes a whole number from ${min} to ${max}, not ${text}`)
}

/** Found out before the sale, not after it. */
export function writable(path: string, option = '--json'): string {
  const file = resolve(path)
  try {
    const isThere = statSync(file, { throwIfNoEntry: false })
    if (isThere?.isDirectory()) throw new Error('it is a folder')
    accessSync(isThere ? file : dirname(file), constants.W_OK)
    return file
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new UsageError(`${option} ${path} can't be written: ${why}`)
  }
}
