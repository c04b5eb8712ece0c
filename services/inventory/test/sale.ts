import type { TestContext } from 'node:test'
import type { Attempt, NewSale } from '@flashsale/contracts/http/inventory.ts'
import { BuyerId, type OrderId, type SaleId } from '@flashsale/contracts/ids.ts'
import { createOrderIds } from '@flashsale/contracts/order-id.ts'
import { locksMigrations } from '@flashsale/locks/migrations.ts'
import { postgresLeases } from '@flashsale/locks/postgres-leases.ts'
import { messagingMigrations } from '@flashsale/messaging/migrations.ts'
import { closeRedis, connectRedis, whenReady } from '@flashsale/redis/connection.ts'
import { createDb } from '@flashsale/service-kit/db.ts'
import { createLog } from '@flashsale/service-kit/log.ts'
import { migrate } from '@flashsale/service-kit/migrate.ts'
import { testDatabase } from '@flashsale/test-kit/db.ts'
import { testRedis } from '@flashsale/test-kit/redis.ts'
import { readLedgerStock } from '../src/db/ledger-stock.ts'
import type { HoldEntry, StockEntry } from '../src/domain/stock-entry.ts'
import { readStock } from '../src/redis/read-stock.ts'
import { saleKeys } from '../src/redis/sale-keys.ts'
import { createSale, type SaleDeps } from '../src/stock/change-sale.ts'
import { reserveBatch } from '../src/stock/reserve-batch.ts'
import { createSaleRegister, segmentOf } from '../src/stock/sale-register.ts'

const HOUR_MS = 3_600_000
const ids = createOrderIds('a secret for the tests of the inventory service')
export const quiet = { ...createLog('test'), warn: () => {}, error: () => {}, info: () => {} }

export const salePlan = (plan: Partial<NewSale> = {}): NewSale => ({
  title: 'Phone',
  sku: 'PHONE-1',
  priceMinor: 100,
  currency: 'CNY',
  stock: 10,
  perBuyerLimit: 1,
  opensAt: new Date(Date.now() - HOUR_MS).toISOString(),
  closesAt: new Date(Date.now() + HOUR_MS).toISOString(),
  paymentWindowSeconds: 60,
  admission: { mode: 'direct' },
  ...plan,
})

/** Inventory's own parts on a database and a key prefix of the test's own. */
export async function testInventory(t: TestContext, own?: { url: string }) {
  const { url, keyPrefix } = own ? { ...own, keyPrefix: '' } : testRedis(t)
  const databaseUrl = await testDatabase(t, { name: 'inventory' })
  const db = createDb(databaseUrl, { max: 6 })
  const redis = connectRedis({ url, keyPrefix })
  const streams = connectRedis({ url, keyPrefix, blocking: true })
  t.after(async () => {
    await closeRedis(redis)
    await closeRedis(streams)
    await db.close()
  })
  await migrate(db, messagingMigrations)
  await migrate(db, locksMigrations)
  await migrate(db, new URL('../migrations/', import.meta.url))
  await Promise.all([whenReady(redis, 5_000), whenReady(streams, 5_000)])
  const register = createSaleRegister(db)
  const deps: SaleDeps = { db, redis, register, log: quiet }
  const leased = { leases: postgresLeases(db), holder: 'inventory-0' }
  return { db, databaseUrl, redis, streams, register, deps, url, keyPrefix, ...leased }
}

type Wish = {
  buyer?: string
  quantity?: number
  key?: string
  fingerprint?: string
  epoch?: number
  deadlineMs?: number
  orderId?: OrderId
}

/** A sale ready to be bought from, and what a test does to it. */
export async function testSale(t: TestContext, plan: Partial<NewSale> = {}, own?: { url: string }) {
  const inventory = await testInventory(t, own)
  const { db, redis, register, deps } = inventory
  const created = await createSale(deps, salePlan(plan))
  if (created.kind !== 'created') throw new Error('no sale')
  const saleId: SaleId = created.id
  const sale = () => {
    const row = register.get(saleId)
    if (!row) throw new Error('the sale is gone')
    return row
  }

  let buyers = 0
  const attempt = (wish: Wish = {}): Attempt => {
    const buyerId = BuyerId.parse(wish.buyer ?? `U-${++buyers}`)
    return {
      orderId: wish.orderId ?? ids.next(buyerId, wish.deadlineMs ?? Date.now() + 60_000),
      saleId,
      buyerId,
      quantity: wish.quantity ?? 1,
      fingerprint: wish.fingerprint ?? 'f',
      epoch: wish.epoch ?? sale().epoch,
      ...(wish.key === undefined ? {} : { key: wish.key }),
    }
  }
  const reserve = (attempts: Attempt[]) => reserveBatch(deps, attempts)
  const inRedis = async () => {
    const { slots, keys, orders } = saleKeys(segmentOf(sale()))
    const map = async (key: string) => new Map(Object.entries(await redis.hgetall(key)))
    return {
      ...(await readStock(redis, segmentOf(sale()))),
      slots: await map(slots), // buyer:slot -> unit that fills it
      keys: await map(keys), // buyer and key -> order id:fingerprint
      orders: new Set((await map(orders)).keys()),
    }
  }
  const entries = async () => (await inRedis()).entries.filter(isHold)

  return {
    ...inventory,
    saleId,
    sale,
    /** Its segment at the ledger's epoch, as the register knows it. */
    get at() {
      return segmentOf(sale())
    },
    attempt,
    reserve,
    inRedis,
    entries,
    /** Holds units for a new buyer: the stream entry that tells of it. */
    async hold(wish: Wish = {}): Promise<HoldEntry> {
      const wanted = attempt(wish)
      const [result] = await reserve([wanted])
      const entry = (await entries()).find(({ orderId }) => orderId === wanted.orderId)
      if (result?.kind !== 'held' || !entry) throw new Error(`not held: ${result?.kind}`)
      return entry
    },
    async inLedger() {
      const ledger = await readLedgerStock(db, saleId)
      if (!ledger) throw new Error('no ledger')
      return ledger
    },
    async events(type: string): Promise<string[]> {
      const { rows } = await db.query<{ id: string }>(
        'select aggregateid as id from outbox where type = $1 order by position',
        [type],
      )
      return rows.map(({ id }) => id)
    },
  }
}
export type TestSale = Awaited<ReturnType<typeof testSale>>

const isHold = (entry: StockEntry): entry is HoldEntry => entry.kind === 'hold'
