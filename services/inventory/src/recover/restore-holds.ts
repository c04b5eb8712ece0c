import type { OrderId, SaleId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import { findObstacles, insertUnits } from '../db/holds.ts'
import { insertEndedUnits, insertRestored, type Restored, removeRestored } from '../db/recovery.ts'
import { barHolds } from '../db/returns.ts'
import { fence } from '../db/segments.ts'
import { findWithdrawn } from '../db/withdrawals.ts'
import type { Segment } from '../domain/segment.ts'
import type { LostHold, LostHolds } from './lost-holds.ts'
import type { Outcomes } from './outcomes.ts'
import type { RecoverDeps } from './win-back.ts'

const HOLDS_A_TRANSACTION = 500
/** What is over first, so that its units are free; then what was paid for. */
const STATES = ['released', 'refused', 'sold', 'held'] as const

/**
 * Puts back each hold that the ledger told of, in the state in which its order is. A unit or a slot
 * that another live hold has is not taken from it (R5): the order is named, money first.
 */
export async function restoreHolds(deps: RecoverDeps, lost: LostHolds, outcomes: Outcomes) {
  const bySale = Map.groupBy(lost.values(), ({ data }) => data.saleId)
  for (const [saleId, holds] of bySale) {
    const segment = { saleId, segment: 0 }
    const restored = holds.flatMap((hold) => toRestored(deps, hold, outcomes) ?? [])
    for (const state of STATES) {
      const some = restored.filter((one) => one.state === state)
      for (let i = 0; i < some.length; i += HOLDS_A_TRANSACTION) {
        await restore(deps, segment, some.slice(i, i + HOLDS_A_TRANSACTION), lost)
      }
    }
  }
  await barEnded(deps, lost, outcomes)
}

function toRestored({ findings }: RecoverDeps, hold: LostHold, outcomes: Outcomes) {
  const { orderId, buyerId } = hold.data
  const end = outcomes.get(orderId)?.end
  const entry = { kind: 'hold', orderId, buyerId, key: '', fingerprint: '', epoch: 0 } as const
  const nothing = { ...entry, id: `${hold.toldAtMs}-0`, held: [] }
  if (hold.kind === 'refused') {
    return { entry: nothing, state: 'refused', cause: hold.data.cause } satisfies Restored
  }
  const { units, slots = [], epoch = 0, key = '', fingerprint = '', heldAtMs } = hold.data
  const state = end === 'paid' ? 'sold' : end === 'cancelled' ? 'released' : 'held'
  if (!units && state === 'released') return { entry: nothing, state } satisfies Restored
  if (!units) {
    findings.open(state === 'sold' ? 'money' : 'units', 'a hold whose event names no units', {
      orderId,
    })
    return undefined
  }
  const held = units.map((unit, i) => ({ unit, slot: slots[i] ?? i + 1 }))
  const id = `${heldAtMs ?? hold.toldAtMs}-0`
  return { entry: { ...entry, id, epoch, key, fingerprint, held }, state } satisfies Restored
}

async function restore(
  { db, findings }: RecoverDeps,
  segment: Segment,
  restored: Restored[],
  lost: LostHolds,
) {
  const state = restored[0]?.state
  await db.tx(async (tx) => {
    if (!(await fence(tx, segment, 'update'))) {
      for (const { entry } of restored) nameWithoutSale(findings, lost.get(entry.orderId))
      return
    }
    const fresh = await insertRestored(tx, segment, restored)
    const entries = restored.filter(({ entry }) => fresh.has(entry.orderId)).map((r) => r.entry)
    if (state === 'released' || state === 'refused') {
      await insertEndedUnits(tx, segment, entries)
      return findings.won(`${state} hold`, 'Kafka', fresh.size)
    }
    const barred = await findBarred(tx, segment, entries)
    await removeRestored(tx, [...barred.keys()])
    findings.won(`${state === 'sold' ? 'sold' : 'open'} hold`, 'Kafka', fresh.size - barred.size)
    for (const [orderId, why] of barred) {
      const { amountMinor, currency } = lost.get(orderId)?.data ?? {}
      const facts = { orderId, saleId: segment.saleId, amountMinor, currency, why }
      if (state === 'sold') findings.open('money', 'a paid order whose units others hold', facts)
      else findings.open('units', 'an open order whose units others hold', facts)
    }
  })
}

/** The orders whose units did not all go in, and why. */
async function findBarred(tx: Tx, segment: Segment, entries: Restored['entry'][]) {
  const counts = await insertUnits(tx, segment, entries)
  const partial = entries.filter(({ orderId, held }) => counts.get(orderId) !== held.length)
  const barred = new Map<OrderId, string>()
  for (const { orderId, unitTaken } of await findObstacles(tx, segment, partial)) {
    barred.set(orderId, unitTaken ? 'unit taken' : 'slot taken')
  }
  const withdrawn = await findWithdrawn(
    tx,
    segment,
    entries.flatMap(({ held }) => held.map(({ unit }) => unit)),
  )
  for (const { orderId, held } of entries) {
    if (held.some(({ unit }) => withdrawn.has(unit))) barred.set(orderId, 'unit withdrawn')
  }
  return barred
}

function nameWithoutSale(findings: RecoverDeps['findings'], hold: LostHold | undefined) {
  if (!hold) return
  const { orderId, saleId, amountMinor, currency } = hold.data
  const facts = { orderId, saleId, amountMinor, currency }
  findings.open('money', 'an order of a sale that the ledger lost', facts)
}

/** Ended before its hold was seen, and never told of: one that comes late is barred, as ever (R5). */
async function barEnded({ db }: RecoverDeps, lost: LostHolds, outcomes: Outcomes) {
  const ended: { orderId: OrderId; saleId: SaleId }[] = []
  for (const [orderId, { end, saleId }] of outcomes) {
    if (end === 'cancelled' && !lost.has(orderId)) ended.push({ orderId, saleId })
  }
  for (let i = 0; i < ended.length; i += HOLDS_A_TRANSACTION) {
    await barHolds(db, ended.slice(i, i + HOLDS_A_TRANSACTION))
  }
}
