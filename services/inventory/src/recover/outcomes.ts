import { OrderCancelled } from '@flashsale/contracts/events/order-cancelled.ts'
import { OrderPaid } from '@flashsale/contracts/events/order-paid.ts'
import type { OrderId, SaleId } from '@flashsale/contracts/ids.ts'
import { topics } from '@flashsale/contracts/topics.ts'
import { consumer } from '@flashsale/messaging/consumer.ts'
import { type Incoming, readMessage } from '@flashsale/messaging/read-message.ts'
import { readTopic } from '@flashsale/messaging/read-topic.ts'
import { markSold, readStates } from '../db/holds.ts'
import { releaseHolds } from '../db/returns.ts'
import type { LostHolds } from './lost-holds.ts'
import type { RecoverDeps } from './win-back.ts'

/** How an order ended whose hold the ledger has no row of. */
export type Outcome = { end: 'paid' | 'cancelled'; saleId: SaleId }
export type Outcomes = Map<OrderId, Outcome>

const ORDERS_A_TRANSACTION = 500
const known = [consumer(OrderPaid, async () => {}), consumer(OrderCancelled, async () => {})]

/**
 * What became of orders, in the order it was told: holds that the ledger knows are moved at once. Only
 * the ends of holds that it lost are kept, so that this grows with the loss and not with the history.
 */
export async function readOutcomes(deps: RecoverDeps): Promise<Outcomes> {
  const missing: Outcomes = new Map()
  const count = await readTopic(deps.source, topics.orders, (messages) =>
    take(deps, messages, missing),
  )
  deps.findings.tell(`${count} events of orders read, ${missing.size} of holds that are lost`)
  return missing
}

/**
 * The ends of holds that only Redis remembered; and who paid, and has no hold anywhere. Those that
 * Kafka told of were put back with their end, or named.
 */
export async function applyOutcomes(deps: RecoverDeps, outcomes: Outcomes, told: LostHolds) {
  const { findings } = deps
  const left = [...outcomes].filter(([orderId]) => !told.has(orderId))
  for (let i = 0; i < left.length; i += ORDERS_A_TRANSACTION) {
    const missing: Outcomes = new Map()
    await moveKnown(deps, new Map(left.slice(i, i + ORDERS_A_TRANSACTION)), missing)
    for (const [orderId, { end, saleId }] of missing) {
      if (end !== 'paid') continue
      findings.open('money', 'a paid order whose hold nobody knows', { orderId, saleId })
    }
  }
}

async function take(deps: RecoverDeps, messages: Incoming[], missing: Outcomes) {
  const ends = new Map<OrderId, Outcome>()
  for (const message of messages) {
    const read = readMessage(message, known)
    if (!read || read.unreadable !== undefined) continue
    const { orderId, saleId } = read.event.data as { orderId: OrderId; saleId: SaleId }
    ends.set(orderId, { end: read.event.type === OrderPaid.type ? 'paid' : 'cancelled', saleId })
  }
  await moveKnown(deps, ends, missing)
}

/** Moves the holds that the ledger has a row of; the others are added to `missing`. */
async function moveKnown({ db, findings }: RecoverDeps, ends: Outcomes, missing: Outcomes) {
  await db.tx(async (tx) => {
    const ids = [...ends.keys()]
    const states = await readStates(tx, ids)
    const of = (end: Outcome['end'], ...wanted: string[]) =>
      ids.filter((id) => ends.get(id)?.end === end && wanted.includes(states.get(id) ?? ''))
    const sold = await markSold(tx, of('paid', 'held'))
    const released = await releaseHolds(tx, of('cancelled', 'held', 'sold'))
    for (const orderId of of('paid', 'released', 'refused')) {
      const facts = { orderId, hold: states.get(orderId) }
      findings.open('money', 'a paid order whose units were given back', facts)
    }
    for (const [id, outcome] of ends) if (!states.has(id)) missing.set(id, outcome)
    findings.won('sold hold', 'Kafka', sold.size)
    findings.won('released hold', 'Kafka', released)
  })
}
