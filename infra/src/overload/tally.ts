import type { Answer } from '../bench/load/answer-reader.ts'
import { type Outcome, outcomes } from './crowd.ts'

/** What became of each arrival. */
export function createTally() {
  const [arrived, took, said]: [number[], number[], number[]] = [[], [], []]
  const [accepted, unconfirmed]: [string[], string[]] = [[], []]
  const add = (outcome: Outcome, atMs: number, ms = Number.NaN) => {
    arrived.push(atMs)
    took.push(ms)
    said.push(outcomes.indexOf(outcome))
  }
  return {
    add,
    answer(answer: Answer, atMs: number, ms: number) {
      const outcome = outcomeOf(answer)
      add(outcome, atMs, ms)
      if (outcome === 'accepted') accepted.push(orderIdIn(answer))
      if (outcome === 'unconfirmed') unconfirmed.push(orderIdIn(answer))
    },
    report: () => ({
      arrivedMs: Float64Array.from(arrived),
      tookMs: Float64Array.from(took),
      said: Uint8Array.from(said),
      accepted,
      unconfirmed,
    }),
  }
}
export type Tally = ReturnType<typeof createTally>

function outcomeOf({ status, body }: Answer): Outcome {
  if (status === 202) return body.includes('"accepted"') ? 'accepted' : 'unconfirmed'
  if (status === 503 || status === 429) return `${status}`
  return 'other'
}

function orderIdIn({ body }: Answer): string {
  const { orderId } = JSON.parse(body)
  if (typeof orderId !== 'string') throw new Error(`a 202 without an order: ${body}`)
  return orderId
}
