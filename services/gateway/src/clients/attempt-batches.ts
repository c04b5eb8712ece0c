import {
  ATTEMPTS_MAX,
  type Attempt,
  type AttemptResult,
} from '@flashsale/contracts/http/inventory.ts'
import type { SaleId } from '@flashsale/contracts/ids.ts'

const COLLECT_MS_MAX = 20

/** One result an attempt, in their order; a missing one counts as unknown. Never throws. */
export type SendBatch = (attempts: Attempt[]) => Promise<AttemptResult[]>
type Waiting = { attempt: Attempt; tell(result: AttemptResult): void }
type Collected = { waiting: Waiting[]; underWay: number; timer?: NodeJS.Timeout | undefined }

/**
 * Attempts of one sale travel together, in the order of their arrival: under load a call costs more
 * than an attempt. A lone attempt leaves in the same turn of the event loop. While a call is under way
 * those that come meanwhile wait for its answer, but no longer than 20 ms, and leave as one. Sales don't
 * share a call, so that none waits for another's or is refused with it.
 */
export function createAttemptBatches(send: SendBatch) {
  const bySale = new Map<SaleId, Collected>()

  const sendOff = async (saleId: SaleId, sale: Collected) => {
    clearTimeout(sale.timer)
    sale.timer = undefined
    const batch = sale.waiting.splice(0)
    if (batch.length === 0) return // was full, and has left
    sale.underWay++
    const results = await send(batch.map(({ attempt }) => attempt))
    for (const [i, { tell }] of batch.entries()) tell(results[i] ?? { kind: 'unknown' })
    sale.underWay--
    if (sale.waiting.length > 0) void sendOff(saleId, sale)
    else if (sale.underWay === 0) bySale.delete(saleId)
  }

  return (attempt: Attempt) =>
    new Promise<AttemptResult>((tell) => {
      const { saleId } = attempt
      const sale = bySale.get(saleId) ?? { waiting: [], underWay: 0 }
      bySale.set(saleId, sale)
      const isFirst = sale.waiting.push({ attempt, tell }) === 1
      if (sale.waiting.length === ATTEMPTS_MAX) void sendOff(saleId, sale)
      else if (!isFirst) return
      else if (sale.underWay === 0) setImmediate(sendOff, saleId, sale)
      else sale.timer = setTimeout(sendOff, COLLECT_MS_MAX, saleId, sale)
    })
}
