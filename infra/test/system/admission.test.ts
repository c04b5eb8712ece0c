import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { ATTEMPTS_MAX } from '@flashsale/contracts/http/inventory.ts'
import { BuyerId } from '@flashsale/contracts/ids.ts'
import { createOrderIds } from '@flashsale/contracts/order-id.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { request } from '@flashsale/test-kit/http.ts'
import { type System, startSystem } from '@flashsale/test-kit/system.ts'
import { metricOf } from './metric-of.ts'
import { openSale, outcome, type Sale } from './sale.ts'
import { connectSql, holdFence } from './sql.ts'

const WAIT_MS_MAX = 3_000
const HOLDS_MAX = 60_000 // more than any ledger here writes in three seconds
const WITHIN_MS = 60_000 // a bound for a machine that does much else
const EVERY_MS = 100

async function startScene(t: TestContext) {
  const env = { inventory: { ADMISSION_WAIT_MS_MAX: String(WAIT_MS_MAX) } }
  const system = await startSystem(t, { env })
  const ledger = await connectSql(t, system.dbUrls.inventory)
  const sale = await openSale(system, { stock: 2 * HOLDS_MAX })
  return { system, ledger, sale, crowd: startCrowd(system, sale) }
}

/** New buyers by the hundred, sent as a gateway that has not heard the news would. */
function startCrowd({ urls, env }: System, sale: Sale) {
  const ids = createOrderIds(env.gateway.ORDER_ID_SECRET ?? '')
  let taken = 0
  let buyers = 0
  const take = async (): Promise<Set<string>> => {
    const attempts = Array.from({ length: ATTEMPTS_MAX }, () => {
      const buyerId = BuyerId.parse(`C-${++buyers}`)
      const orderId = ids.next(buyerId, Date.now() + 10_000)
      return { orderId, saleId: sale.id, buyerId, fingerprint: 'f', quantity: 1, epoch: 1 }
    })
    const path = `${urls.inventory}/internal/reserve`
    const { body } = await request(path, { method: 'POST', body: { attempts } })
    const said: string[] = body.results.map(({ kind }: { kind: string }) => kind)
    taken += said.filter((kind) => kind === 'held').length
    return new Set(said)
  }
  return { take, taken: () => taken }
}

/** Until the ledger was busy for long enough that its rate is known: holds a second. Nothing waits then. */
async function learnRate({ system, ledger, crowd }: Awaited<ReturnType<typeof startScene>>) {
  const rate = () => metricOf(system.urls.inventory, 'inventory_drain_per_second', 'stage="ledger"')
  const isKnown = async () => {
    const release = await holdFence(ledger)
    for (const enough = crowd.taken() + 5_000; crowd.taken() < enough; ) await crowd.take()
    await release()
    const isWritten = async () =>
      (await metricOf(system.urls.inventory, 'inventory_queue_entries', 'stage="ledger"')) === 0
    await until(isWritten, { timeoutMs: WITHIN_MS, everyMs: EVERY_MS, what: 'an empty stream' })
    return (await rate()) !== undefined
  }
  await until(isKnown, { timeoutMs: WITHIN_MS, what: 'the rate of the ledger' })
  const isEmpty = async () =>
    (await metricOf(system.urls.inventory, 'inventory_queue_seconds')) === 0 // orders, too
  await until(isEmpty, { timeoutMs: WITHIN_MS, everyMs: EVERY_MS, what: 'an empty queue' })
  return (await rate()) ?? 0
}

test('a ledger that falls behind closes the sale before stock is taken, and it opens again by itself', async (t) => {
  const scene = await startScene(t)
  const { system, ledger, sale, crowd } = scene
  const first = { user: 'ann', key: 'a key of ann' }
  const receipt = await sale.hold(first.user, first)
  const perSecond = await learnRate(scene)

  const release = await holdFence(ledger)
  const hints: number[] = []
  let nth = 0
  const buy = async (wish = {}) => {
    const answer = await sale.buy(`B-${++nth}`, wish)
    const seconds = Number(answer.headers['retry-after'])
    assert.ok(seconds >= 1 && seconds <= 60, `${answer.status}: ${seconds}`)
    return { said: outcome(answer), seconds }
  }
  const isHinted = async () => {
    const { said, seconds } = await buy()
    assert.equal(said, '202 accepted')
    hints.push(seconds)
    return seconds > 1
  }
  assert.equal(await isHinted(), false)
  const half = crowd.taken() + (perSecond * 0.6 * WAIT_MS_MAX) / 1_000
  while (crowd.taken() < half) await crowd.take()
  await until(isHinted, { timeoutMs: WITHIN_MS, everyMs: EVERY_MS, what: 'a longer hint' })

  const isFull = async () => {
    const { said, seconds } = await buy()
    if (said !== '202 accepted') return said
    hints.push(seconds)
    await crowd.take()
    return crowd.taken() > 2 * HOLDS_MAX && 'never'
  }
  assert.equal(
    await until(isFull, { timeoutMs: WITHIN_MS, everyMs: 1, what: 'the end' }),
    '503 try-later',
  )
  t.diagnostic(`closed with ${crowd.taken()} taken; hints ${[...new Set(hints)]} s`)

  // Nothing is taken any more, by whichever road; who has an order is told so.
  const closed = async () =>
    (await metricOf(system.urls.inventory, 'inventory_admission_closed')) === 1
  await until(closed, { timeoutMs: WITHIN_MS, everyMs: EVERY_MS, what: 'admission to be closed' })
  const before = crowd.taken()
  assert.deepEqual([...(await crowd.take())], ['unavailable'])
  assert.equal(crowd.taken(), before)
  assert.equal((await buy()).said, '503 try-later')
  assert.equal((await buy({ key: 'a new key' })).said, '503 try-later')
  const again = await sale.buy(first.user, first)
  assert.deepEqual([again.status, again.body.orderId], [202, receipt.orderId])
  assert.equal(again.headers['idempotency-replayed'], 'true')

  await release()
  const opens = async () => (await buy()).said === '202 accepted'
  await until(opens, { timeoutMs: WITHIN_MS, everyMs: EVERY_MS, what: 'the sale to open again' })
  const books = await sale.settled()
  assert.equal(books.oversold, 0)
  const rows = await ledger<{ n: number }>(
    'select count(*)::int as n from holds where sale_id = $1',
    [sale.id],
  )
  assert.equal(rows[0]?.n, crowd.taken() + hints.length + 2) // ann's, and who came when it was open again
  await sale.exact()
})
