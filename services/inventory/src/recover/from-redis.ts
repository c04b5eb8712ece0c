import { randomUUID } from 'node:crypto'
import { deadlineOf } from '@flashsale/contracts/order-id.ts'
import { readStates } from '../db/holds.ts'
import { readLedgerStock } from '../db/ledger-stock.ts'
import { setKeys } from '../db/recovery.ts'
import { insertWithdrawal, isBarred } from '../db/withdrawals.ts'
import { holdsInRedis, keysByOrder, type RedisBuyers } from '../domain/redis-holds.ts'
import type { SegmentAt } from '../domain/segment.ts'
import type { StockEntry } from '../domain/stock-entry.ts'
import type { RedisStock } from '../domain/stock-reading.ts'
import { withdrawnInRedis } from '../domain/withdrawn-in-redis.ts'
import { recordEntries } from '../ledger/record-entries.ts'
import { readBuyers } from '../redis/read-buyers.ts'
import { readStock } from '../redis/read-stock.ts'
import type { LostHolds } from './lost-holds.ts'
import type { SaleToRecover } from './take-over-sales.ts'
import type { RecoverDeps } from './win-back.ts'

const ROWS_A_BATCH = 500
const ATTEMPT_MS = 1_000 // an order's deadline is that long after it was sent

/**
 * What only Redis still knows: entries that no ledger had seen, holds that were on record and never
 * told of, and units that left the sale. They take the ordinary road into the ledger, behind its fence
 * and its guards, and tell of themselves. What Kafka told of (`told`) is put back or named by now.
 */
export async function winBackFromRedis(
  deps: RecoverDeps,
  { sale, epochInRedis }: SaleToRecover,
  told: LostHolds,
) {
  if (epochInRedis === 0) return // it knows nothing of this sale
  const at = { saleId: sale.id, segment: sale.segment, epoch: epochInRedis }
  const redis = await readStock(deps.redis, at)
  const buyers = await readBuyers(deps.redis, at)
  const pending = redis.entries.filter(({ kind }) => kind !== 'deleted')
  await record(deps, at, pending, 'the stream')

  const inStream = new Set<string>(
    pending.flatMap((one) => (one.kind === 'hold' ? [one.orderId] : [])),
  )
  const owned = holdsInRedis(redis, buyers, at.epoch, (id) => deadlineOf(id) - ATTEMPT_MS)
  await record(
    deps,
    at,
    owned.filter(({ orderId }) => !inStream.has(orderId) && !told.has(orderId)),
    'Redis',
  )
  await recoverKeys(deps, buyers)
  await recordWithdrawn(deps, at, redis)
}

/** Those that the ledger has no row of; a row that is there was decided before. */
async function record(deps: RecoverDeps, at: SegmentAt, entries: StockEntry[], from: string) {
  const { db, findings, log } = deps
  for (let i = 0; i < entries.length; i += ROWS_A_BATCH) {
    const batch = entries.slice(i, i + ROWS_A_BATCH)
    const ids = batch.flatMap((entry) => (entry.kind === 'hold' ? [entry.orderId] : []))
    const before = await readStates(db, ids)
    const missing = batch.filter((one) => one.kind !== 'hold' || !before.has(one.orderId))
    const { stuck } = await recordEntries({ db, log }, at, missing)
    for (const entryId of stuck) {
      findings.open('units', 'a hold that can not be recorded', { saleId: at.saleId, entryId })
    }
    const after = await readStates(
      db,
      ids.filter((id) => !before.has(id)),
    )
    for (const state of after.values()) {
      findings.won(state === 'held' ? 'open hold' : `${state} hold`, from)
    }
    findings.won('withdrawal', from, missing.filter(({ kind }) => kind === 'withdrawal').length)
  }
}

/** An event of a refusal does not carry the buyer's key; the key leads to its order all the same. */
async function recoverKeys({ db, findings }: RecoverDeps, buyers: RedisBuyers) {
  const keys = [...keysByOrder(buyers)].map(([orderId, { key, fingerprint }]) => {
    return { orderId, key, print: fingerprint }
  })
  for (let i = 0; i < keys.length; i += ROWS_A_BATCH) {
    findings.won('key of a buyer', 'Redis', await setKeys(db, keys.slice(i, i + ROWS_A_BATCH)))
  }
}

/** Units that nobody holds and that are not free have left the sale; nothing else takes a unit out. */
async function recordWithdrawn({ db, findings }: RecoverDeps, at: SegmentAt, redis: RedisStock) {
  const ledger = await readLedgerStock(db, at.saleId)
  if (!ledger || ledger.epoch !== at.epoch) return // what an older epoch withdrew is free again (R19)
  const ranges = withdrawnInRedis(redis, ledger)
  if (ranges.length === 0) return
  const id = `${Date.now()}-0`
  const entry = {
    kind: 'withdrawal',
    id,
    epoch: at.epoch,
    operation: randomUUID(),
    ranges,
  } as const
  await db.tx(async (tx) => {
    if (await isBarred(tx, at, entry)) {
      return findings.open('units', 'units taken out of Redis that the ledger has elsewhere', {
        saleId: at.saleId,
        ranges,
      })
    }
    await insertWithdrawal(tx, at, entry)
    findings.won('withdrawn unit', 'Redis', unitsOf(ranges))
  })
}

const unitsOf = (ranges: { first: number; last: number }[]) =>
  ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0)
