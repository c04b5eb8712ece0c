import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startSystem } from '@flashsale/test-kit/system.ts'
import { countBy } from './buyer.ts'
import { assertToldTruth, learnTruth } from './rush.ts'
import { openSale, outcome, type Sale } from './sale.ts'
import { connectSql } from './sql.ts'
import { startTrickle } from './trickle.ts'

const SERVICES = ['inventory', 'order', 'payment'] as const
const manyCalls = { gateway: { PAYMENT_CALLS_PER_10S: '1000000' } } // of one buyer, without a pause

test('one of two inventories, orders and payments killed: what was open then is answered by the other', async (t) => {
  const system = await startSystem(t, { twice: SERVICES, env: manyCalls })
  const ledger = await connectSql(t, system.dbUrls.inventory)
  const sale = await openSale(system, { stock: 10_000 })
  const first = await sale.hold('ann')
  await sale.openCheckout(first)

  const buyers = startTrickle(t, sale)
  const others = askAlways(sale, first)
  const kills: { name: string; atMs: number }[] = []
  for (const name of SERVICES) {
    await buyers.told('202 accepted', 40, 60_000)
    kills.push({ name, atMs: performance.now() })
    await system.kill(name)
    await buyers.told('202 accepted', 40, 60_000)
  }
  const [attempts, asked] = [await buyers.stop(), await others.stop()]
  for (const { name, atMs } of kills) {
    const open = [...attempts, ...asked].filter((one) => one.atMs < atMs && atMs < endOf(one))
    const said = countBy(open, (one) => one.said)
    t.diagnostic(`open when ${name} was killed: ${JSON.stringify(said)}`)
    const wrong = Object.keys(said).filter((words) => !GOOD.includes(words))
    assert.deepEqual(wrong, [], `when ${name} was killed`)
  }
  const receipts = await learnTruth(sale, attempts)
  await sale.settled()
  await assertToldTruth(ledger, sale, [first, ...receipts])
})
const GOOD = ['202 accepted', '200 pending-payment', '201 undefined'] // an attempt, an order, a checkout

type Told = { said: string; atMs: number; tookMs: number }
const endOf = ({ atMs, tookMs }: Told) => atMs + tookMs

/** One call after another for an order and its checkout, until it is stopped. */
function askAlways(sale: Sale, receipt: Parameters<Sale['order']>[0]) {
  const told: Told[] = []
  let stopped = false
  const lane = async (call: Sale['order']) => {
    while (!stopped) {
      const atMs = performance.now()
      const said = outcome(await call(receipt))
      told.push({ said, atMs, tookMs: performance.now() - atMs })
    }
  }
  const calls = [sale.order, sale.order, sale.checkout, sale.checkout]
  const lanes = Promise.all(calls.map(lane))
  lanes.catch(() => {}) // told to whoever stops it
  return {
    async stop() {
      stopped = true
      await lanes
      return told
    },
  }
}
