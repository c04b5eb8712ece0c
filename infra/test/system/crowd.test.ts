import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sleep } from '@flashsale/service-kit/wait.ts'
import { request } from '@flashsale/test-kit/http.ts'
import { type System, startSystem } from '@flashsale/test-kit/system.ts'
import { buyPatiently, countBy } from './buyer.ts'
import { openSale, type Sale } from './sale.ts'
import { connectSql, liveUnits } from './sql.ts'

const BUYERS = 2_000
const STOCK = 100
const AUDITS = 3 // in the middle: the crowd goes on until there were so many
const LATE_BUYERS = 200
const LATE_CROWDS_MAX = 200
const PAUSE_MS = 100 // between two audits: the buyers need the machine, too

for (const quantity of [1, 2]) {
  test(`2,000 buyers at once of 100 units, ${quantity} each: no unit is sold twice or lost`, async (t) => {
    const system = await startSystem(t)
    const sale = await openSale(system, { stock: STOCK, perBuyerLimit: 2 })
    const ledger = await connectSql(t, system.dbUrls.inventory)

    const audits = auditUntilStopped(system, sale)
    const users = Array.from({ length: BUYERS }, (_, i) => `U-${i + 1}`)
    const answers = await Promise.all(users.map((user) => buyPatiently(sale, user, { quantity })))
    for (let late = 0; audits.count() < AUDITS; late++) {
      assert.ok(late < LATE_CROWDS_MAX, 'the audits do not come to an end')
      const crowd = Array.from({ length: LATE_BUYERS }, (_, i) => `late-${late}-${i}`)
      const refused = await Promise.all(crowd.map((user) => buyPatiently(sale, user, { quantity })))
      assert.deepEqual(
        countBy(refused, ({ said }) => said),
        { 'sold-out': LATE_BUYERS },
      )
    }
    const inTheMiddle = await audits.stop()

    const counts = countBy(answers, ({ said }) => said)
    const winners = answers.filter(({ said }) => said === 'accepted')
    assert.deepEqual(counts, {
      accepted: STOCK / quantity,
      'sold-out': BUYERS - STOCK / quantity,
    })
    assert.equal(new Set(winners.map(({ orderId }) => orderId)).size, STOCK / quantity)

    const books = await sale.settled()
    assert.equal(books.held, STOCK)
    t.diagnostic(`${inTheMiddle} audits in the middle`)
    const units = await liveUnits(ledger, sale.id)
    assert.equal(new Set(units.map(({ unit }) => unit)).size, STOCK)
    const perOrder = countBy(units, ({ orderId }) => orderId)
    for (const { orderId } of winners) assert.equal(perOrder[orderId ?? ''], quantity)
  })
}

/** One audit after another, each exact; not through the gateway, which is full of buyers. */
function auditUntilStopped({ urls }: System, { id }: Sale) {
  let stopped = false
  let count = 0
  const running = (async () => {
    while (!stopped) {
      const url = `${urls.inventory}/internal/sales/${id}/audit`
      const { status, body } = await request(url, { timeoutMs: 30_000 })
      assert.deepEqual([status, body.faults, body.exact], [200, [], true])
      if (!stopped) count++
      await sleep(PAUSE_MS)
    }
  })()
  return {
    count: () => count,
    async stop() {
      stopped = true
      await running
      return count
    },
  }
}
