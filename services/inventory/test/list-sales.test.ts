import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { NewSale } from '@flashsale/contracts/http/inventory.ts'
import type { SaleId } from '@flashsale/contracts/ids.ts'
import { createApp } from '@flashsale/service-kit/app.ts'
import { createDb } from '@flashsale/service-kit/db.ts'
import { migrate } from '@flashsale/service-kit/migrate.ts'
import { testDatabase } from '@flashsale/test-kit/db.ts'
import { databaseTables, documentedTables } from '@flashsale/test-kit/schema-document.ts'
import { createSaleList } from '../src/db/list-sales.ts'
import { insertSale } from '../src/db/sales.ts'
import { listSales } from '../src/http/list-sales.ts'

const sale = NewSale.parse({
  title: 'Headphones',
  sku: 'HP-1',
  priceMinor: 999,
  currency: 'EUR',
  stock: 10,
  perBuyerLimit: 2,
  opensAt: '2026-11-27T09:00:00Z',
  closesAt: '2026-11-27T10:00:00Z',
  paymentWindowSeconds: 60,
})

async function testList(t: TestContext) {
  const url = await testDatabase(t, { name: 'inventory' })
  const db = createDb(url)
  const saleList = createSaleList(url)
  t.after(async () => {
    await saleList.close()
    await db.close()
  })
  await migrate(db, new URL('../migrations/', import.meta.url))
  const app = createApp({ name: 'list', logLevel: 'silent' })
  app.register(listSales, { saleList })
  const add = async () => {
    const id = randomUUID() as SaleId
    await db.tx((tx) => insertSale(tx, id, sale))
    return id
  }
  const list = async (query: string) => {
    const answer = await app.inject(`/admin/sales?${query}`)
    return { status: answer.statusCode, ...answer.json() }
  }
  return { url, db, add, list }
}

test('schema.prisma says what the migrations made of sales and segments', async (t) => {
  const { url } = await testList(t)
  const documented = await documentedTables(new URL('../prisma/schema.prisma', import.meta.url))
  const names = ['sales', 'segments']
  assert.deepEqual(Object.keys(documented), names)
  assert.deepEqual(documented, await databaseTables(url, names))
})

test('the list has every fact of a sale that the ledger knows', async (t) => {
  const { add, list } = await testList(t)
  const id = await add()
  const { status, sales, nextCursor } = await list('')
  assert.equal(status, 200)
  const { createdAt, ...listed } = sales[0]
  assert.ok(Date.parse(createdAt) > Date.now() - 60_000)
  assert.deepEqual(listed, {
    ...sale,
    id,
    opensAt: '2026-11-27T09:00:00.000Z',
    closesAt: '2026-11-27T10:00:00.000Z',
    phase: 'draft',
    settled: false,
  })
  assert.equal(nextCursor, undefined)
})

test('its pages are newest first, without gap or repeat, within a millisecond too', async (t) => {
  const { db, add, list } = await testList(t)
  const ids: SaleId[] = []
  for (let n = 0; n < 12; n++) ids.push(await add())
  const places = `update sales set created_at = '2026-11-21T10:00:00.123Z'::timestamptz
                                   + array_position($1, id) / 3 * interval '1 microsecond'`
  await db.query(places, [ids])
  const { sales: all } = await list('')
  const seen: string[] = []
  let cursor = ''
  do {
    const { sales, nextCursor } = await list(`limit=5${cursor}`)
    seen.push(...sales.map(({ id }: { id: SaleId }) => id))
    cursor = nextCursor ? `&cursor=${nextCursor}` : ''
    await add()
  } while (cursor)
  assert.deepEqual(
    seen,
    all.map(({ id }: { id: SaleId }) => id),
  )
  assert.deepEqual(new Set(seen), new Set(ids))
  assert.deepEqual(new Set(seen.slice(-2)), new Set(ids.slice(0, 2))) // the oldest, of one time
})

test('a cursor that is no sale is 400, one that is gone ends the list', async (t) => {
  const { add, list } = await testList(t)
  await add()
  for (const query of ['cursor=c', 'limit=0', 'limit=201']) {
    assert.equal((await list(query)).status, 400)
  }
  assert.deepEqual((await list(`cursor=${randomUUID()}`)).sales, [])
})
