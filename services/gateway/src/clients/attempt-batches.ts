import {
  ATTEMPTS_MAX,
  type Attempt,
  type AttemptResult,
} from '@flashsale/contracts/http/inventory.ts'
import type { SaleId } from '@flashsale/contracts/ids.ts'

/** One result an attempt, in their order; a missing one counts as unknown. Never throws. */
export type SendBatch = (attempts: Attempt[]) => Promise<AttemptResult[]>
type Waiting = { attempt: Attempt; tell(result: AttemptResult): void }

/**
 * Attempts of one sale that came in the same turn of the event loop travel as one call, in the order
 * of their arrival: under load a call costs more than an attempt. A lone attempt does not wait for
 * company. Sales don't share a call, so that none waits for another's or is refused with it.
 */
export function createAttemptBatches(send: SendBatch) {
  const collected = new Map<SaleId, Waiting[]>()

  const sendOff = async (saleId: SaleId) => {
    const batch = collected.get(saleId)
    collected.delete(saleId)
    if (!batch) return // was full, and has left
    const results = await send(batch.map(({ attempt }) => attempt))
    for (const [i, { tell }] of batch.entries()) tell(results[i] ?? { kind: 'unknown' })
  }

  return (attempt: Attempt) =>
    new Promise<AttemptResult>((tell) => {
      const { saleId } = attempt
      const batch = collected.get(saleId)
      if (batch) batch.push({ attempt, tell })
      else {
        collected.set(saleId, [{ attempt, tell }])
        setImmediate(sendOff, saleId)
      }
      if (batch?.length === ATTEMPTS_MAX) void sendOff(saleId)
    })
}
