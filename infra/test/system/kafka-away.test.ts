import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sleep } from '@flashsale/service-kit/wait.ts'
import { request } from '@flashsale/test-kit/http.ts'
import { startSystem } from '@flashsale/test-kit/system.ts'
import { watchMemory } from './memory.ts'
import { ownKafka } from './own-kafka.ts'
import { assertToldTruth, learnTruth, ordersCatchUp } from './rush.ts'
import { openSale } from './sale.ts'
import { connectSql } from './sql.ts'
import { assertNobodyHung, startTrickle, words } from './trickle.ts'

const AWAY_MS = 8_000 // longer than a member of a group may be silent

for (const how of ['killed and held down', 'frozen'] as const) {
  test(`Kafka ${how}: the sale goes on, orders wait, nothing is given back, and all of it heals by itself`, async (t) => {
    const kafka = await ownKafka(t)
    const own = { KAFKA_BROKERS: kafka.brokers }
    const system = await startSystem(t, { env: { inventory: own, order: own, payment: own } })
    const ledger = await connectSql(t, system.dbUrls.inventory)
    const orders = await connectSql(t, system.dbUrls.order)
    const sale = await openSale(system, { stock: 10_000 })
    const first = await sale.hold('ann')
    const second = await sale.hold('bob')
    await sale.openCheckout(first)
    const toPay = await sale.openCheckout(second)
    const memory = watchMemory(t, system)

    const buyers = startTrickle(t, sale)
    if (how === 'frozen') kafka.freeze()
    else await kafka.kill()
    await sleep(AWAY_MS)
    await sale.payAtBank(toPay) // its callback is stored, and settled later
    await sale.cancelPatiently(first)
    await buyers.told('202 accepted', 50)
    const attempts = await buyers.stop()
    assert.deepEqual(words(attempts), { '202 accepted': attempts.length })
    assertNobodyHung(attempts)
    const books = await sale.settled()
    assert.equal(books.held, attempts.length + 2) // also the one that was cancelled
    assert.equal((await sale.order(second)).body.status, 'pending-payment')
    memory.assertBounded()
    for (const service of ['order', 'payment'] as const) {
      const ready = `${system.urls[service]}/readyz`
      assert.equal((await request(`${ready}?exclude=kafka`)).status, 200) // Kubernetes asks so
      if (how !== 'frozen') assert.equal((await request(ready)).status, 503)
    }

    if (how === 'frozen') kafka.thaw()
    else await kafka.start()
    const receipts = await learnTruth(sale, attempts)
    await Promise.all([sale.becomes(second, 'paid'), sale.becomes(first, 'cancelled')])
    await ordersCatchUp({ ledger, orders }, sale)
    await assertToldTruth(ledger, sale, [second, ...receipts, first])
    memory.assertBounded()
    await sale.exact()
  })
}
