import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { request, type TestAnswer } from '@flashsale/test-kit/http.ts'
import { type System, startSystem } from '@flashsale/test-kit/system.ts'
import { configOf } from './config-everywhere.ts'
import { openSale, outcome, type Sale } from './sale.ts'

const RETRY_AFTER = '10'
const DELAY_MS = 300

type World = { system: System; sale: Sale; flip: (switches: object) => Promise<unknown> }

/** What a switch says to a buyer, in docs/runtime-config.md. */
function assertClosed(answer: TestAnswer) {
  assert.equal(outcome(answer), '503 try-later', JSON.stringify(answer.body))
  assert.equal(answer.headers['retry-after'], RETRY_AFTER)
  assert.match(answer.body.detail, /at the moment/)
}

test('what buyers see of each switch, and that the books are exact after all of them', async (t) => {
  const faults = { FAULTS_ALLOWED: 'true' }
  const system = await startSystem(t, { env: { order: faults } })
  const { changeEverywhere } = configOf(system)
  const sale = await openSale(system, { stock: 20 })
  const flip = (switches: object) => changeEverywhere({ switches })
  const world = { system, sale, flip }

  await t.test('read-only', () => readOnly(world))
  await t.test('stop-joins', () => stopJoins(world))
  await t.test('close-card-payments', () => closeCardPayments(world))
  await t.test('serve-stale', () => serveStale(world))
  await t.test('faults, where they are allowed, and only there', async () => {
    const receipt = await sale.hold('fay')
    await sale.becomes(receipt, 'pending-payment')
    await changeEverywhere({ faults: { order: { delayMs: DELAY_MS } } })
    const fromMs = performance.now()
    assert.equal((await sale.order(receipt)).status, 200)
    assert.ok(performance.now() - fromMs >= DELAY_MS - 5)
    const failing = { delayMs: 0, failedShare: 1 }
    await changeEverywhere({ faults: { order: failing, inventory: failing, payment: failing } })
    assert.equal(outcome(await sale.order(receipt)), '503 try-later')
    assert.equal((await sale.buy('gil')).status, 202) // inventory has no leave to fail
    await changeEverywhere({ faults: { order: null, inventory: null, payment: null } })
    assert.equal((await sale.order(receipt)).status, 200)
  })
  await t.test('nothing was lost, and nobody has more than is due', async () => {
    const books = await sale.settled()
    assert.equal(books.exact, true, JSON.stringify(books))
  })
})

async function readOnly({ system, sale, flip }: World) {
  const ann = await sale.hold('ann', { key: 'a' })
  await sale.becomes(ann, 'pending-payment')
  const paymentId = await sale.openCheckout(ann)

  await flip({ readOnly: true })
  assertClosed(await sale.buy('bob'))
  assertClosed(await sale.buy('ann', { key: 'a' }))
  assertClosed(await sale.cancel(ann))
  assertClosed(await sale.checkout(ann))
  assert.equal((await request(`${system.url}/v1/sales/${sale.id}`)).body.state, 'open')
  assert.deepEqual(await sale.ordersOf('ann'), [ann.orderId])
  await sale.payAtBank(paymentId) // the bank's word is always taken
  await sale.becomes(ann, 'paid')

  await flip({ readOnly: false })
  assert.equal((await sale.buy('bob')).status, 202)
}

async function stopJoins({ sale, flip }: World) {
  const cid = await sale.hold('cid', { key: 'c' })
  await flip({ stopJoins: true })
  assertClosed(await sale.buy('dan'))
  assertClosed(await sale.buy('dan', { key: 'd' })) // inventory says so
  const again = await sale.buy('cid', { key: 'c' })
  assert.deepEqual([again.status, again.body.orderId], [202, cid.orderId])
  await sale.becomes(cid, 'pending-payment')
  await sale.payAtBank(await sale.openCheckout(cid)) // who is in goes on
  await sale.becomes(cid, 'paid')
  await flip({ stopJoins: false })
  assert.equal((await sale.buy('dan', { key: 'd' })).status, 202)
}

async function closeCardPayments({ sale, flip }: World) {
  const [eva, eli] = [await sale.hold('eva'), await sale.hold('eli')]
  await Promise.all([eva, eli].map((one) => sale.becomes(one, 'pending-payment')))
  const paymentId = await sale.openCheckout(eva)
  await flip({ closeCardPayments: true })
  assertClosed(await sale.checkout(eli))
  const again = await sale.checkout(eva)
  assert.deepEqual([again.status, again.body.paymentId], [201, paymentId])
  await sale.payAtBank(paymentId)
  await sale.becomes(eva, 'paid')
  assert.equal((await sale.cancel(eli)).status, 200) // who does not want to wait
  await flip({ closeCardPayments: false })
}

async function serveStale({ system, sale, flip }: World) {
  const kim = await sale.hold('kim')
  const { status } = await sale.becomes(kim, 'pending-payment')
  const leo = await sale.hold('leo') // is never read
  await system.kill('order')
  assert.equal(outcome(await sale.order(kim)), '503 try-later')
  const { change } = configOf(system)
  await change({ switches: { serveStale: true } })
  const stale = await sale.order(kim)
  assert.deepEqual([stale.status, stale.body.status], [200, status])
  assert.ok(Number(stale.headers.age) >= 1, JSON.stringify(stale.headers))
  assert.match(String(stale.headers.warning), /Stale/)
  assert.equal(outcome(await sale.order(leo)), '503 try-later')
  const sales = await request(`${system.url}/v1/sales`)
  assert.match(String(sales.headers['cache-control']), /max-age=10, stale-if-error=300/)

  await system.start('order')
  const isFresh = async () => (await sale.order(kim)).headers.age === undefined
  await until(isFresh, { what: 'order to be asked again', timeoutMs: 20_000 })
  await flip({ serveStale: false })
}
