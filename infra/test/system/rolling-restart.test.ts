import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startSystem } from '@flashsale/test-kit/system.ts'
import { countBy } from './buyer.ts'
import { openSale } from './sale.ts'
import { startCrowd } from './whole-way.ts'

const services = ['gateway', 'inventory', 'order', 'payment'] as const
const lanes = 4
const more = 2 // buyers who go their whole way beside each restart
const limitMs = 120_000 // on a machine that may be busy
const endsWithinMs = 10_000
const drain = { DRAIN_MS: '600' } // three looks of the balancer

test('every instance of every service is restarted in the rush: no request fails, no order is lost', async (t) => {
  const env = Object.fromEntries(services.map((name) => [name, drain]))
  const system = await startSystem(t, { twice: services, env })
  const sale = await openSale(system, { stock: 5_000 })
  const crowd = startCrowd(system, sale.id, { lanes })
  await crowd.goesOn(more, limitMs)

  for (const service of services) {
    for (const name of [service, `${service}-2`] as const) {
      const askedAt = performance.now()
      assert.equal(await system.stop(name), 0, name)
      assert.ok(performance.now() - askedAt < endsWithinMs, name)
      await crowd.goesOn(more, limitMs) // by the other one alone
      await system.start(name)
    }
  }
  const receipts = await crowd.stop()
  const met = crowd.met()
  t.diagnostic(JSON.stringify(met))
  assert.equal(met.lost, 0)
  const ends = countBy(await sale.ends(receipts, limitMs), ({ status }) => status)
  assert.deepEqual(ends, { paid: receipts.length })
  const books = await sale.atRest()
  assert.equal(books.sold, receipts.length)
})
