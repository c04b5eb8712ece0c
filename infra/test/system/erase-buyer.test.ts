import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { request } from '@flashsale/test-kit/http.ts'
import { type System, startSystem } from '@flashsale/test-kit/system.ts'
import { codeOfProblem } from './buyer.ts'
import { openSale } from './sale.ts'
import { connectSql, type Sql } from './sql.ts'

const ANN = 'ann-who-wants-to-be-forgotten'
const BEN = 'ben-who-stays-as-he-is'
const WITHIN = { timeoutMs: 60_000, everyMs: 200 }

test('a buyer who is erased is in no table of any service, and the books are as exact as before', async (t) => {
  const world = await soldOut(t)
  const { system, sale, sqls, ofAnn } = world
  const before = await sale.audit()
  assert.equal(before.exact, true)
  const named = await tablesWith(sqls, ANN)
  for (const table of NAMED) assert.ok(named.includes(table), table)

  assert.equal((await erase(system, 'GET')).status, 404)
  const asked = await erase(system, 'POST')
  assert.deepEqual([asked.status, asked.body.salesWaiting], [202, 1])
  assert.match(asked.body.subject, /^erased:/)
  await leavesRedis(world)
  await system.kill('inventory') // in the midst of it, or before, or after
  await system.start('inventory')
  await until(async () => (await erase(system, 'GET')).body.doneAt, { ...WITHIN, what: 'its end' })
  assert.deepEqual(await tablesWith(sqls, ANN), [])
  assert.ok((await tablesWith(sqls, BEN)).length >= 4, 'nobody else is erased')

  const { readings: _then, ...booksThen } = before
  const { readings: _now, ...booksNow } = await sale.audit()
  assert.deepEqual(booksNow, booksThen)
  assert.equal(codeOfProblem(await sale.order(ofAnn)), 'order-not-found')
  const own = await request(`${system.url}/v1/orders`, { token: system.token(ANN) })
  assert.deepEqual(own.body.orders, [])
  await assertLimitCanBeProved(world, asked.body.subject)
  await assertOnRecord(system, asked.body.subject)
})

const NAMED = ['holds', 'hold_units', 'returns', 'orders', 'payments']

/** Both bought by ann, who may have two, and ben; paid; closed. */
async function soldOut(t: TestContext) {
  const system = await startSystem(t)
  const { inventory, order, payment } = system.dbUrls
  const sqls = await Promise.all([inventory, order, payment].map((url) => connectSql(t, url)))
  const sale = await openSale(system, { stock: 4, perBuyerLimit: 2 })
  const [ofAnn, other, ofBen] = [await sale.hold(ANN), await sale.hold(ANN), await sale.hold(BEN)]
  for (const one of [ofAnn, ofBen]) {
    await sale.payAtBank(await sale.openCheckout(one))
    await sale.becomes(one, 'paid')
  }
  await sale.cancel(other)
  await sale.becomes(other, 'cancelled')
  await sale.operate('close')
  const [ledger] = sqls as [Sql, Sql, Sql]
  const isSettled = async () =>
    (await ledger('select from sales where settled_at is not null')).length === 1
  await until(isSettled, { ...WITHIN, what: 'the sale to be settled' })
  return { system, sale, sqls, ledger, ofAnn }
}
type World = Awaited<ReturnType<typeof soldOut>>

/** A day later. */
async function leavesRedis({ ledger }: World) {
  await ledger("update sales set settled_at = now() - interval '26 hours'")
  const hasLeft = async () =>
    (await ledger('select from sales where left_redis_at is not null')).length === 1
  await until(hasLeft, { ...WITHIN, what: 'the sale to leave Redis' })
  await ledger("update sales set left_redis_at = now() - interval '2 minutes'")
  await ledger("update erasures set ran_at = now() - interval '3 minutes'")
}

const erase = ({ url, token }: System, method: 'GET' | 'POST') =>
  request(`${url}/v1/admin/buyers/${ANN}/erase`, { method, token: token('operator', 'admin') })

/** A unit more than a buyer may have is found, whoever the subject is. */
async function assertLimitCanBeProved({ ledger, sale }: World, subject: string) {
  assert.equal((await sale.audit()).overLimit, 0)
  const add = `insert into hold_units (order_id, line, sale_id, segment, unit, buyer_id, slot)
    select order_id, line + more, sale_id, segment, unit + 100 * more, buyer_id, slot + more
    from hold_units, generate_series(5, 6) as more where buyer_id = $1 and live`
  await ledger(add, [subject])
  const books = await sale.audit()
  assert.equal(books.overLimit, 1)
  assert.equal(books.exact, false)
}

async function assertOnRecord({ url, token }: System, subject: string) {
  const admin = token('operator', 'admin')
  const found = await request(`${url}/v1/admin/actions?buyer=${ANN}`, { token: admin })
  const [entry, ...others] = found.body.actions
  assert.deepEqual(others, [])
  const { action, who, target, outcome } = entry
  assert.deepEqual([action, who, outcome], ['buyer.erase', 'operator', 'done'])
  assert.equal(target, `buyer:${subject}`)
  const closed = await request(`${url}/v1/admin/actions?action=sale.close`, { token: admin })
  const { before, after } = closed.body.actions[0]
  assert.deepEqual([before.phase, after.phase], ['ready', 'closed'])
}

/** In whichever column: each row as text. */
async function tablesWith(sqls: Sql[], text: string) {
  const found = sqls.map(async (sql) => {
    const tables = await sql<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = 'public'",
    )
    const with_: string[] = []
    for (const { name } of tables) {
      const rows = await sql(`select from "${name}" t where strpos(t::text, $1) > 0 limit 1`, [
        text,
      ])
      if (rows.length > 0) with_.push(name)
    }
    return with_
  })
  return (await Promise.all(found)).flat()
}
