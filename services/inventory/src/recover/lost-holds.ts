import { StockHeld } from '@flashsale/contracts/events/stock-held.ts'
import { StockNotRecorded } from '@flashsale/contracts/events/stock-not-recorded.ts'
import type { OrderId, SaleId } from '@flashsale/contracts/ids.ts'
import { topics } from '@flashsale/contracts/topics.ts'
import { consumer } from '@flashsale/messaging/consumer.ts'
import { type Incoming, readMessage } from '@flashsale/messaging/read-message.ts'
import { readTopic } from '@flashsale/messaging/read-topic.ts'
import { readStates } from '../db/holds.ts'
import { raiseSegment } from '../db/recovery.ts'
import type { RecoverDeps } from './win-back.ts'

/** What the ledger once decided, as it told it, and has no row of any more. */
export type LostHold =
  | { kind: 'held'; data: StockHeld['data']; toldAtMs: number }
  | { kind: 'refused'; data: StockNotRecorded['data']; toldAtMs: number }
export type LostHolds = Map<OrderId, LostHold>

const known = [consumer(StockHeld, async () => {}), consumer(StockNotRecorded, async () => {})]

/** The ledger's own words about its holds; its epoch and stock are raised to what they tell of. */
export async function readLostHolds(deps: RecoverDeps): Promise<LostHolds> {
  const { db, source, findings } = deps
  const lost: LostHolds = new Map()
  const told = new Map<SaleId, { epoch: number; unit: number }>()
  const count = await readTopic(source, topics.stock, async (messages) => {
    const holds = readHolds(messages)
    for (const { data } of holds.values()) notice(told, data)
    const states = await readStates(db, [...holds.keys()])
    for (const [id, hold] of holds) if (!states.has(id)) lost.set(id, hold)
  })
  for (const [saleId, { epoch, unit }] of told) {
    const units = await raiseSegment(db, saleId, epoch, unit)
    if (units === 0) continue
    findings.open('units', 'stock that only unit numbers tell of: look at the last restock', {
      saleId,
      units,
    })
  }
  findings.tell(`${count} events of stock read, ${lost.size} holds are lost`)
  return lost
}

function readHolds(messages: Incoming[]): LostHolds {
  const holds: LostHolds = new Map()
  for (const message of messages) {
    const read = readMessage(message, known)
    if (!read || read.unreadable !== undefined) continue
    const { event } = read
    const toldAtMs = Date.parse(event.occurredAt)
    const kind = event.type === StockHeld.type ? 'held' : 'refused'
    const hold = { kind, data: event.data, toldAtMs } as LostHold // the contract was checked
    if (!holds.has(hold.data.orderId)) holds.set(hold.data.orderId, hold)
  }
  return holds
}

function notice(told: Map<SaleId, { epoch: number; unit: number }>, data: LostHold['data']) {
  if (!('units' in data)) return
  const { saleId, epoch = 0, units = [] } = data
  const before = told.get(saleId) ?? { epoch: 0, unit: 0 }
  const unit = Math.max(before.unit, ...units)
  told.set(saleId, { epoch: Math.max(before.epoch, epoch), unit })
}
