/** What a script tells besides k6's summary, which knows no order ids and no time. Not k6's: `./dev k6` reads it. */
import { type Outcome, outcomes } from './outcome.ts'

/** What `setup` hands to every virtual user. */
export type Sale = { id: string; opensAtMs: number }

export type Told = {
  outcome: Outcome
  /** When it was sent, counted from the opening. */
  atMs: number
  tookMs: number
  /** Of the whole test: it names the buyer, a line of the file of tokens, and the key. */
  iteration: number
  orderId?: string
}

export function writeSaleLine({ id, opensAtMs }: Sale): string {
  return `fs-sale:${id} ${opensAtMs}`
}

export function writeAnswerLine({ outcome, atMs, tookMs, iteration, orderId }: Told): string {
  return `fs:${outcome} ${Math.round(atMs)} ${tookMs.toFixed(2)} ${iteration} ${orderId ?? '-'}`
}

/** The key of an attempt: sent again it gives the same answer. */
export const keyOf = (iteration: number) => `k6-${iteration}`

// Whatever k6's logger puts around a line is passed over.
const saleLine = /\bfs-sale:([\w-]+) (\d+)/
const answerLine = /\bfs:([a-z-]+) (-?\d+) (\d+\.\d+) (\d+) ([0-9a-f-]+)/

/** Undefined for a line that says something else. */
export function readSaleLine(line: string): Sale | undefined {
  const [, id, opensAtMs] = saleLine.exec(line) ?? []
  return id === undefined ? undefined : { id, opensAtMs: Number(opensAtMs) }
}

/** Undefined for a line that says something else. */
export function readAnswerLine(line: string): Told | undefined {
  const [, name, atMs, tookMs, iteration, orderId] = answerLine.exec(line) ?? []
  const outcome = outcomes.find((known) => known === name)
  if (!outcome) return undefined
  const numbers = { atMs: Number(atMs), tookMs: Number(tookMs), iteration: Number(iteration) }
  const told = { outcome, ...numbers }
  return orderId === undefined || orderId === '-' ? told : { ...told, orderId }
}
