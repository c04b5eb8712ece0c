import assert from 'node:assert/strict'
import { until } from '@flashsale/service-kit/wait.ts'
import { buyPatiently, type Receipt } from './buyer.ts'
import { outcome, type Sale } from './sale.ts'
import type { Sql } from './sql.ts'

const LANES = 160 // buyers at a time
const OPEN_MIN = 100
const ANSWERED_MIN = 100

/** One buyer's one attempt, and the first answer to it; `lost` when none came. */
export type Attempt = { user: string; key?: string; said: string; orderId?: string }

/** Buyers who come one after another until they are stopped, every other one with a key. */
export function startRush(sale: Sale) {
  const attempts: Attempt[] = []
  let count = 0
  let open = 0
  let stopped = false

  const attempt = async (): Promise<Attempt> => {
    const user = `U-${++count}`
    const mine = { user, ...(count % 2 === 0 && { key: `key of ${user}` }) }
    open++
    try {
      const answer = await sale.buy(user, mine)
      const { orderId } = answer.body
      return { ...mine, said: outcome(answer), ...(orderId && { orderId }) }
    } catch {
      return { ...mine, said: 'lost' }
    } finally {
      open--
    }
  }
  const lane = async () => {
    while (!stopped) attempts.push(await attempt())
  }
  const lanes = Array.from({ length: LANES }, lane)

  return {
    /** Resolves at a moment at which many requests are open, and many were answered. */
    async atItsHeight() {
      const isHigh = () => open >= OPEN_MIN && attempts.length >= ANSWERED_MIN
      await until(isHigh, { timeoutMs: 15_000, everyMs: 1, what: 'a rush' })
    },
    open: () => open,
    /** Resolves when a buyer was told so. */
    async hears(said: string) {
      const isTold = () => attempts.some((one) => one.said === said)
      await until(isTold, { timeoutMs: 15_000, what: `a buyer to be told ${said}` })
    },
    /** No buyer comes any more; those who wait have their answer, or lost it. */
    async stop() {
      stopped = true
      await Promise.all(lanes)
      return attempts
    },
  }
}

/** Only `U-…` with a key can ask again by it; without key and order id the list of orders tells. */
export async function learnTruth(sale: Sale, attempts: Attempt[]): Promise<Receipt[]> {
  const receipts = await Promise.all(
    attempts.map(async ({ user, key, said, orderId }): Promise<Receipt[]> => {
      if (said === '202 accepted' && orderId) return [{ user, orderId }]
      if (said === '202 unconfirmed' && orderId) {
        const { reason } = await sale.becomes({ user, orderId }, ...CERTAIN)
        return reason === 'not-recorded' ? [] : [{ user, orderId }]
      }
      if (said !== '202 unconfirmed' && said !== 'lost') return [] // surely nothing was taken
      if (!key) return (await sale.ordersOf(user)).map((id) => ({ user, orderId: id }))
      const again = await buyPatiently(sale, user, { key })
      return again.orderId ? [{ user, orderId: again.orderId }] : []
    }),
  )
  return receipts.flat()
}
const CERTAIN = ['accepted', 'pending-payment', 'paid', 'cancelled', 'refunding', 'refunded']

/** Waits until each hold of the ledger has become an order, so that lists of orders are whole. */
export async function ordersCatchUp({ ledger, orders }: { ledger: Sql; orders: Sql }, sale: Sale) {
  await sale.settled()
  const check = async () => {
    const [holds] = await ledger<Count>(COUNT_HOLDS, [sale.id])
    const [rows] = await orders<Count>('select count(*)::int as n from orders where sale_id = $1', [
      sale.id,
    ])
    return rows?.n === holds?.n
  }
  await until(check, { timeoutMs: 15_000, everyMs: 50, what: 'orders of all holds' })
}
type Count = { n: number }
const COUNT_HOLDS =
  'select count(*)::int as n from holds where sale_id = $1 and cardinality(units) > 0'

/** Every hold of the ledger is known to its buyer, and what a buyer was told is in the ledger. */
export async function assertToldTruth(ledger: Sql, sale: Sale, receipts: Receipt[]) {
  const rows = await ledger<{ held: string }>(
    `select buyer_id || ' ' || order_id as held from holds
     where sale_id = $1 and state <> 'refused'`,
    [sale.id],
  )
  const held = new Set(rows.map((row) => row.held))
  const told = new Set(receipts.map(({ user, orderId }) => `${user} ${orderId}`))
  assert.deepEqual([...told.difference(held)], [], 'told to buyers, and not in the ledger')
  assert.deepEqual([...held.difference(told)], [], 'in the ledger, and not told to its buyer')
}

/** Half of them pay, the others cancel: all orders end without waiting for their time limits. */
export async function payOrCancel(sale: Sale, receipts: Receipt[]) {
  const queue = receipts.entries()
  const lane = async () => {
    for (const [i, receipt] of queue) {
      if (i % 2 === 0) await sale.payAtBank(await sale.openCheckout(receipt))
      else await sale.cancelPatiently(receipt)
    }
  }
  await Promise.all(Array.from({ length: 20 }, lane))
}
