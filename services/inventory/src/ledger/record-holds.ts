import { StockHeld } from '@flashsale/contracts/events/stock-held.ts'
import { StockNotRecorded } from '@flashsale/contracts/events/stock-not-recorded.ts'
import type { BuyerId, OrderId } from '@flashsale/contracts/ids.ts'
import { addToOutbox } from '@flashsale/messaging/outbox.ts'
import type { Db, Tx } from '@flashsale/service-kit/db.ts'
import { Fault } from '@flashsale/service-kit/fault.ts'
import * as holds from '../db/holds.ts'
import { returnRefused } from '../db/returns.ts'
import { type FencedSegment, fence, holdBack } from '../db/segments.ts'
import { findWithdrawn } from '../db/withdrawals.ts'
import type { Segment } from '../domain/segment.ts'
import { type HoldEntry, writtenAtMs } from '../domain/stock-entry.ts'

export type Recorded = { held: number; repeated: number; refused: number; heldBack?: string }
type Refusals = Map<OrderId, holds.RefusalCause>

/**
 * Step 3 of the road: entries of one segment's stream become rows of the ledger, or refusals on
 * record, with their events, in one transaction behind the fence. Running it again changes nothing.
 */
export async function recordHolds(db: Db, segment: Segment, entries: HoldEntry[]) {
  try {
    return await recordBehind('share', db, segment, entries)
  } catch (error) {
    if (!(error instanceof MustHoldBack)) throw error
    return await recordBehind('update', db, segment, entries)
  }
}

/** Two who share the segment's row and both want to change it would wait for each other. */
class MustHoldBack extends Error {}

async function recordBehind(
  lock: 'share' | 'update',
  db: Db,
  segment: Segment,
  entries: HoldEntry[],
) {
  return db.tx(async (tx): Promise<Recorded> => {
    const fenced = await fence(tx, segment, lock) // R2
    if (!fenced) throw new Fault('ledger.no-segment', 'a stream without a sale', { ...segment })

    const barred = await findBarred(tx, segment, fenced, entries)
    const fresh = await holds.insertHolds(
      tx,
      segment,
      entries.map((entry) => ({ entry, ...barred(entry) })),
    )
    const first = new Map(entries.map((entry) => [entry.orderId, entry] as const).reverse())
    const isNew = (entry: HoldEntry) =>
      fresh.has(entry.orderId) && first.get(entry.orderId) === entry
    const isBarred = (entry: HoldEntry) => barred(entry).refused !== undefined
    const wanted = entries.filter((entry) => isNew(entry) && !isBarred(entry))
    const refusals = await insertUnits(tx, segment, wanted)
    for (const entry of entries.filter(isNew)) {
      const { refused } = barred(entry)
      if (refused) refusals.set(entry.orderId, refused)
    }
    const known = await settleKnown(
      tx,
      segment,
      fenced.epoch,
      entries.filter((entry) => !isNew(entry)),
    )

    const heldBack = [...refusals.values()].includes('unit-taken') ? 'unit-taken' : known.heldBack
    if (heldBack && lock === 'share') throw new MustHoldBack()
    if (heldBack) await holdBack(tx, segment, heldBack)
    await tell(tx, segment, fenced, entries.filter(isNew), refusals)
    const counts = { held: fresh.size - refusals.size, refused: refusals.size }
    return { ...counts, repeated: entries.length - fresh.size, ...(heldBack && { heldBack }) }
  })
}

/** What is refused before any unit is written: an older epoch, or a unit that isn't for sale. */
async function findBarred(tx: Tx, segment: Segment, fenced: FencedSegment, entries: HoldEntry[]) {
  const units = entries.flatMap(({ held }) => held.map(({ unit }) => unit))
  const withdrawn = fenced.hasWithdrawals
    ? await findWithdrawn(tx, segment, units)
    : new Set<number>()
  return (entry: HoldEntry): { refused?: holds.RefusalCause } => {
    if (entry.epoch !== fenced.epoch) return { refused: 'old-epoch' }
    const outside = entry.held.some(({ unit }) => unit > fenced.stock || withdrawn.has(unit))
    return outside ? { refused: 'unit-taken' } : {}
  }
}

/** All units of an order or none (R13); what stood in the way decides what happens next (R5d). */
async function insertUnits(tx: Tx, segment: Segment, wanted: HoldEntry[]): Promise<Refusals> {
  const counts = await holds.insertUnits(tx, segment, wanted)
  const partial = wanted.filter(({ orderId, held }) => counts.get(orderId) !== held.length)
  const refusals: Refusals = new Map()
  if (partial.length === 0) return refusals

  for (const { orderId, unitTaken, slotTaken } of await holds.findObstacles(tx, segment, partial)) {
    if (unitTaken) refusals.set(orderId, 'unit-taken')
    else if (slotTaken) refusals.set(orderId, 'slot-taken')
    else throw new ObstacleGone(orderId)
  }
  await holds.refuseHolds(tx, refusals)
  const forSlot = partial.filter(({ orderId }) => refusals.get(orderId) === 'slot-taken')
  await returnRefused(tx, segment, forSlot) // never for the unit: another order holds it
  return refusals
}

/** The other hold ended between our insert and our look: a second run decides it. */
class ObstacleGone extends Error {
  readonly code = '40001' // the database layer runs the transaction again
  constructor(orderId: OrderId) {
    super(`what stood in the way of ${orderId} is gone`)
  }
}

/** Orders the ledger knew before: a repeat, or the same order with other units, which go back. */
async function settleKnown(tx: Tx, segment: Segment, epoch: number, entries: HoldEntry[]) {
  const known = await holds.readKnown(
    tx,
    entries.map(({ orderId }) => orderId),
  )
  const others: HoldEntry[] = []
  let heldBack: string | undefined
  for (const entry of entries) {
    const row = known.get(entry.orderId)
    if (!row) throw new ObstacleGone(entry.orderId)
    const units = entry.held.map(({ unit }) => unit)
    const sameUnits = row.units.length === units.length && row.units.every((u, i) => u === units[i])
    const isOthers = row.buyerId !== null && row.buyerId !== entry.buyerId
    if (isOthers && entry.epoch === epoch) heldBack = 'order-of-another-buyer'
    else if (isOthers)
      continue // a copy from before the last rebuild
    else if (!(sameUnits && row.epoch === entry.epoch)) others.push(entry)
  }
  if (others.length > 0) await returnRefused(tx, segment, others)
  return { heldBack }
}

async function tell(
  tx: Tx,
  { saleId }: Segment,
  fenced: FencedSegment,
  entries: HoldEntry[],
  refusals: Refusals,
) {
  const common = ({ orderId, buyerId, held }: HoldEntry) => ({
    orderId,
    saleId,
    buyerId: buyerId as BuyerId,
    quantity: held.length,
    amountMinor: held.length * fenced.priceMinor,
    currency: fenced.currency,
  })
  const { paymentWindowSeconds } = fenced
  const held = entries.filter(({ orderId }) => !refusals.has(orderId))
  await addToOutbox(
    tx,
    StockHeld,
    held.map((e) => ({ ...common(e), ...rowOf(e), paymentWindowSeconds })),
  )
  const refused = entries.flatMap((entry) => {
    const cause = refusals.get(entry.orderId)
    return cause ? [{ ...common(entry), cause }] : []
  })
  await addToOutbox(tx, StockNotRecorded, refused)
}

/** The rest of the ledger's row, so that it can be won back from Kafka. */
const rowOf = ({ id, epoch, held, key, fingerprint }: HoldEntry) => ({
  epoch,
  units: held.map(({ unit }) => unit),
  slots: held.map(({ slot }) => slot),
  ...(key !== '' && { key }),
  fingerprint,
  heldAtMs: writtenAtMs(id),
})
