import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { isTransient } from '@flashsale/service-kit/transient.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { REDIS_AWAY } from '../src/audit/audit-sale.ts'
import { type ReaderSettings, startBooksReader } from '../src/audit/books-reader.ts'
import { record } from './rebuilding.ts'
import { quiet, type TestSale, testSale } from './sale.ts'

const nowhere = '127.0.0.1:1'
const databaseAt = (url: string) => ({ url, standby: 'other', migrate: 'here' }) as never

/** A reader as inventory has it, of this sale and with peers who have no orders and no payments. */
async function testReader(t: TestContext, sale: TestSale, other: Partial<ReaderSettings> = {}) {
  const peers = createServer((_, response) => {
    response.setHeader('content-type', 'application/json')
    response.end('{"orders":[],"payments":[]}')
  }).listen(0, '127.0.0.1')
  await once(peers, 'listening')
  const url = `http://127.0.0.1:${(peers.address() as AddressInfo).port}`
  const settings: ReaderSettings = {
    instance: 'inventory-reader-test',
    database: databaseAt(sale.databaseUrl),
    redis: { url: sale.url, keyPrefix: sale.keyPrefix, tls: undefined },
    orderUrl: url,
    paymentUrl: url,
    ...other,
  }
  const reader = startBooksReader(settings, quiet)
  t.after(async () => {
    await reader.close()
    peers.close()
    peers.closeAllConnections()
  })
  return { reader, settings }
}
const connectionsOf = async ({ db }: TestSale) => {
  const { rows } = await db.query<{ count: string }>(
    `select count(*) from pg_stat_activity
     where application_name = 'inventory-reader-test' and datname = current_database()`,
  )
  return Number(rows[0]?.count)
}

test('the thread reads what is on record and what is on its way', async (t) => {
  const sale = await testSale(t, { stock: 5 })
  const { reader } = await testReader(t, sale)
  await sale.hold()
  await record(sale)
  await sale.hold()
  const judged = await reader.read(sale.saleId)
  assert.equal(judged.kind, 'judged')
  const { audit, atFault, epoch, isInUse, onStream } = judged as Extract<
    typeof judged,
    { audit: object }
  >
  assert.deepEqual([audit.held, audit.available, audit.inFlight, audit.exact], [1, 4, 1, true])
  assert.deepEqual([atFault, epoch, isInUse, onStream], [[], 1, true, 1])
  const unknown = await reader.read('018f0000-0000-7000-8000-000000000000' as never)
  assert.deepEqual(unknown, { kind: 'no-such-sale' })
})

test('closed, it leaves no connection, and a later reading begins anew', async (t) => {
  const sale = await testSale(t)
  const { reader } = await testReader(t, sale)
  await reader.read(sale.saleId)
  assert.ok((await connectionsOf(sale)) > 0)
  await reader.close()
  const isAlone = async () => (await connectionsOf(sale)) === 0
  await until(isAlone, { timeoutMs: 5_000, what: 'its connections to be gone' })
  assert.equal((await reader.read(sale.saleId)).kind, 'judged')
})

test('what is away is told as such, with the code of its error', async (t) => {
  const sale = await testSale(t)
  const redis = { url: `redis://${nowhere}`, keyPrefix: '', tls: undefined }
  const blind = await testReader(t, sale, { redis })
  assert.deepEqual(await blind.reader.read(sale.saleId), { kind: 'unavailable', what: REDIS_AWAY })
  const database = databaseAt(`postgres://nobody@${nowhere}/none`)
  const lost = await testReader(t, sale, { database })
  await assert.rejects(lost.reader.read(sale.saleId), (error) => isTransient(error))
})

test('of a thread that fails every reading is told, and the next one has another', async (t) => {
  const sale = await testSale(t)
  const { reader, settings } = await testReader(t, sale)
  const { orderUrl } = settings
  settings.orderUrl = 'no URL'
  const both = [reader.read(sale.saleId), reader.read(sale.saleId)]
  const ended = { kind: 'unavailable', what: 'what reads the books has ended' }
  assert.deepEqual(await Promise.all(both), [ended, ended])
  settings.orderUrl = orderUrl
  assert.equal((await reader.read(sale.saleId)).kind, 'judged')
})
