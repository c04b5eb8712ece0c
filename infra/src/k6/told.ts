import { createReadStream, existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Outcome } from '../../../load-tests/k6/outcome.ts'
import type { Second } from '../../../load-tests/k6/story.ts'
import {
  readAnswerLine,
  readSaleLine,
  type Sale,
  type Told,
} from '../../../load-tests/k6/told-lines.ts'
import { percentile } from '../demo/tally.ts'

/** A 202, to be asked for; without an id it was `unconfirmed`, and its key tells. */
export type Receipt = { iteration: number; orderId: string | undefined }
/** What the script told: its sale, each 202, and what was answered in each second. */
export type Tale = {
  sale: Sale | undefined
  receipts: Receipt[]
  seconds: Second[]
  /** When each order was accepted, in order; counted from the opening. */
  acceptedAtMs: number[]
  tookMs: { accepted: number[]; soldOut: number[] }
}

export async function readTale(file: string): Promise<Tale> {
  const tale = createTale()
  if (!existsSync(file)) return tale.end()
  for await (const line of createInterface({ input: createReadStream(file) })) tale.hear(line)
  return tale.end()
}

type Heard = { answers: Map<Outcome, number>; accepted: number[]; soldOut: number[] }

export function createTale() {
  const bySecond = new Map<number, Heard>()
  const receipts: Receipt[] = []
  const acceptedAtMs: number[] = []
  let sale: Sale | undefined

  function note({ outcome, atMs, tookMs, iteration, orderId }: Told): void {
    const second = Math.floor(atMs / 1_000)
    const nothing: Heard = { answers: new Map(), accepted: [], soldOut: [] }
    const heard = bySecond.get(second) ?? nothing
    bySecond.set(second, heard)
    heard.answers.set(outcome, (heard.answers.get(outcome) ?? 0) + 1)
    if (outcome === 'accepted') heard.accepted.push(tookMs)
    if (outcome === 'sold-out') heard.soldOut.push(tookMs)
    if (outcome === 'accepted') acceptedAtMs.push(atMs + tookMs)
    if (outcome === 'accepted' || outcome === 'unconfirmed') receipts.push({ iteration, orderId })
  }

  return {
    hear(line: string): void {
      const told = readAnswerLine(line)
      if (told) note(told)
      else sale ??= readSaleLine(line)
    },
    end(): Tale {
      const seconds = everySecond(bySecond)
      const heard = [...bySecond.values()]
      return {
        sale,
        receipts,
        seconds,
        acceptedAtMs: acceptedAtMs.sort((a, b) => a - b),
        tookMs: {
          accepted: heard.flatMap(({ accepted }) => accepted),
          soldOut: heard.flatMap(({ soldOut }) => soldOut),
        },
      }
    },
  }
}

/** Those in which nobody was answered, too: a standstill is to be seen. */
function everySecond(bySecond: Map<number, Heard>): Second[] {
  if (bySecond.size === 0) return []
  const heard = [...bySecond.keys()]
  const first = Math.min(...heard)
  return Array.from({ length: Math.max(...heard) - first + 1 }, (_, index) => {
    const nothing: Heard = { answers: new Map(), accepted: [], soldOut: [] }
    return toSecond([first + index, bySecond.get(first + index) ?? nothing])
  })
}

function toSecond([second, { answers, accepted, soldOut }]: [number, Heard]): Second {
  return {
    second,
    answers: Object.fromEntries(answers),
    acceptedP99Ms: percentile(accepted, 0.99),
    soldOutP99Ms: percentile(soldOut, 0.99),
  }
}
