import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { startSystem } from '@flashsale/test-kit/system.ts'
import { countBy } from './buyer.ts'
import { openSale } from './sale.ts'
import { connectSql, liveUnits } from './sql.ts'
import { startCrowd } from './whole-way.ts'

const LANES = 16
const MORE = 20 // buyers who go their whole way while one of a pair is away
const LIMIT_MS = 120_000 // a Kafka group notices a dead member, on a machine that may be busy

test('one of each pair killed in the rush: only connections to a dead gateway break, no order is lost', async (t) => {
  const twice = ['gateway', 'inventory', 'order', 'payment'] as const
  const system = await startSystem(t, { twice })
  const sale = await openSale(system, { stock: 5_000 })
  const ledger = await connectSql(t, system.dbUrls.inventory)
  const crowd = startCrowd(system, sale.id, { lanes: LANES })
  await crowd.goesOn(MORE, LIMIT_MS)

  for (const name of ['gateway-2', 'inventory', 'order-2', 'payment', 'gateway'] as const) {
    const [before, open] = [crowd.met(), crowd.open()]
    await system.kill(name)
    const anew = await Promise.all(Array.from({ length: LANES }, () => visitAnew(system.url)))
    assert.deepEqual(countBy(anew, String), { 200: LANES }, 'who connects anew is answered')
    await crowd.goesOn(MORE, LIMIT_MS) // by the other one alone
    const after = crowd.met()
    await crowd.goesOn(MORE, LIMIT_MS)
    const lost = after.lost - before.lost
    const lostLater = crowd.met().lost - after.lost
    const unavailable = after.unavailable - before.unavailable
    const unconfirmed = after.unconfirmed - before.unconfirmed
    t.diagnostic(`${name}: ${JSON.stringify({ open, lost, lostLater, unavailable, unconfirmed })}`)
    // A killed process takes connections until its files are closed: who comes again at once may be cut off again.
    if (!name.startsWith('gateway')) assert.equal(lost, 0, `${lost} connections broke`)
    assert.equal(lostLater, 0, `${lostLater} connections broke when it was gone`)
    await system.start(name)
    await crowd.goesOn(MORE, LIMIT_MS)
  }

  const receipts = await crowd.stop()
  const ends = countBy(await sale.ends(receipts, LIMIT_MS), ({ status }) => status)
  assert.deepEqual(ends, { paid: receipts.length })
  const books = await sale.atRest()
  assert.equal(books.sold, receipts.length)
  const units = await liveUnits(ledger, sale.id)
  assert.equal(new Set(units.map(({ unit }) => unit)).size, receipts.length)
  assert.equal(new Set(units.map(({ buyerId }) => buyerId)).size, receipts.length)
})

/** Over a connection of its own; throws when that broke, or no answer came within LIMIT_MS. */
async function visitAnew(url: string) {
  const [answer]: IncomingMessage[] = await once(
    get(`${url}/healthz`, { agent: false, signal: AbortSignal.timeout(LIMIT_MS) }),
    'response',
  )
  answer?.resume()
  return answer?.statusCode
}
