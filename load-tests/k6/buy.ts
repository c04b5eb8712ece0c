import { check } from 'k6'
import http from 'k6/http'
import { Counter, Trend } from 'k6/metrics'
import type { Buyer } from './buyers.ts'
import { isPromised, type Outcome, outcomes, readAnswer } from './outcome.ts'
import type { Settings } from './settings.ts'
import { counterName } from './summary.ts'
import { keyOf, type Sale, writeAnswerLine } from './told-lines.ts'

const timeout = '10s'

/** The thresholds are about these two: a yes takes the long road, a no a short one. */
const latencies: Partial<Record<Outcome, Trend>> = {
  accepted: new Trend('accepted', true),
  'sold-out': new Trend('sold_out', true),
}
const counters = Object.fromEntries(
  outcomes.map((outcome) => [outcome, new Counter(counterName(outcome))]),
)

/** One attempt of one buyer, with a key of its own, as a good client sends it. */
export function buy(
  { url }: Settings,
  sale: Sale,
  { iteration, token }: Buyer,
): string | undefined {
  const sentAtMs = Date.now()
  const answer = http.post(`${url}/v1/sales/${sale.id}/orders`, '{"quantity":1}', {
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': keyOf(iteration),
    },
    tags: { name: 'buy' },
    timeout,
  })
  const { outcome, orderId } = readAnswer(answer.status, String(answer.body))
  const tookMs = answer.timings.duration
  latencies[outcome]?.add(tookMs)
  counters[outcome]?.add(1)
  check(outcome, { 'the answer is one of those that are promised': isPromised })
  const atMs = sentAtMs - sale.opensAtMs
  console.log(
    writeAnswerLine({
      outcome,
      atMs,
      tookMs,
      iteration,
      ...(orderId !== undefined && { orderId }),
    }),
  )
  return orderId
}
