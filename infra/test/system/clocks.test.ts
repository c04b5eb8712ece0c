import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { OrderId } from '@flashsale/contracts/ids.ts'
import { deadlineOf } from '@flashsale/contracts/order-id.ts'
import { sleep, until } from '@flashsale/service-kit/wait.ts'
import { type System, startSystem } from '@flashsale/test-kit/system.ts'
import { Redis } from 'ioredis'
import { openSale, outcome, type Sale } from './sale.ts'
import { connectSql } from './sql.ts'

const OPENS_IN_MS = 6_000
const ROUND_TRIP_MS = 2_000 // of a busy machine: how long after the moment an answer may come
const SHIFTED = fileOf('./shift-clock.ts')

function fileOf(name: string) {
  return new URL(name, import.meta.url).pathname
}

const hosts = [
  { gateway: 2_000, inventory: -2_000, order: 2_000, payment: -2_000 },
  { gateway: -2_000, inventory: 2_000, order: -2_000, payment: 2_000 },
]
for (const shifts of hosts) {
  const words = Object.entries(shifts).map(([name, ms]) => `${name} ${ms > 0 ? '+' : '-'}2 s`)
  test(`hosts whose clocks are wrong (${words.join(', ')}) neither open early nor settle wrongly`, async (t) => {
    const system = await startShifted(t, shifts)
    const redis = new Redis(system.env.inventory.REDIS_URL ?? '')
    t.after(() => redis.disconnect())
    const orders = await connectSql(t, system.dbUrls.order)

    const sale = await openSale(system, { stock: 5, opensInMs: OPENS_IN_MS })
    const opensAtMs = await opensAt(system, sale)
    const first = await firstSold(t, sale, opensAtMs, () => redisTime(redis))
    await system.freeze('inventory') // its answers to the next ones are lost
    const [lost, wish] = await Promise.all([attempt(sale, 'bob'), attempt(sale, 'cid')])
    const cancelled = sale.cancel(wish)
    await neverEarly(sale, lost, () => redisTime(redis))
    await system.kill('inventory')
    await system.start('inventory')
    await cancelled

    // What inventory was given before it stood still was taken or not: either way it has one end.
    const end = await sale.becomes(lost, 'pending-payment', 'cancelled')
    if (end.status === 'cancelled') assert.equal(end.reason, 'not-recorded')
    await sale.becomes(wish, 'cancelled')
    const open = "select from orders where state = 'cancel-wanted'"
    const isEnded = async () => (await orders(open)).length === 0
    await until(isEnded, { timeoutMs: 20_000, what: 'the wish to cancel to end on record' })

    await sale.payAtBank(await sale.openCheckout(first))
    await sale.becomes(first, 'paid')
    if (end.status !== 'cancelled') await sale.cancelPatiently(lost)
    const books = await sale.atRest()
    assert.deepEqual([books.sold, books.available], [1, 4])
  })
}

type Receipt = { user: string; orderId: OrderId }
type Shifts = (typeof hosts)[number]

function startShifted(t: TestContext, shifts: Shifts): Promise<System> {
  const names = Object.keys(shifts) as (keyof Shifts)[]
  const each = <T>(value: (name: keyof Shifts) => T) =>
    Object.fromEntries(names.map((name) => [name, value(name)])) as Record<keyof Shifts, T>
  return startSystem(t, {
    env: each((name) => ({ CLOCK_SHIFT_MS: String(shifts[name]) })),
    nodeImports: each(() => [SHIFTED]),
  })
}

async function redisTime(redis: Redis): Promise<number> {
  const [seconds, microseconds] = await redis.time()
  return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)
}

async function opensAt({ url }: System, { id }: Sale): Promise<number> {
  const answer = await fetch(`${url}/v1/sales/${id}`)
  const { state, opensAt: at } = (await answer.json()) as { state: string; opensAt: string }
  assert.equal(state, 'scheduled')
  return Date.parse(at)
}

/** Asks until it is sold: not a moment before it opens by Redis' time, and soon after it. */
async function firstSold(
  t: TestContext,
  sale: Sale,
  opensAtMs: number,
  now: () => Promise<number>,
): Promise<Receipt> {
  for (let i = 0; ; i++) {
    const user = `ann-${i}`
    const beforeMs = await now()
    const answer = await sale.buy(user)
    const afterMs = await now()
    if (outcome(answer) === '202 accepted') {
      assert.ok(afterMs >= opensAtMs, `sold ${opensAtMs - afterMs} ms before it opens`)
      t.diagnostic(
        `sold between ${beforeMs - opensAtMs} and ${afterMs - opensAtMs} ms after it opened`,
      )
      return { user, orderId: answer.body.orderId }
    }
    assert.equal(outcome(answer), '409 sale-not-open')
    assert.ok(beforeMs < opensAtMs + ROUND_TRIP_MS, 'not sold long after it opened')
    await sleep(20)
  }
}

async function attempt(sale: Sale, user: string): Promise<Receipt> {
  const answer = await sale.buy(user)
  assert.equal(outcome(answer), '202 unconfirmed')
  return { user, orderId: answer.body.orderId }
}

/** Until its deadline is over by Redis' time, and as long as nobody can tell, an attempt has no end. */
async function neverEarly(sale: Sale, receipt: Receipt, now: () => Promise<number>) {
  while ((await now()) <= deadlineOf(receipt.orderId) + 1_000) {
    const { status, body } = await sale.order(receipt)
    assert.deepEqual([status, body.status], [200, 'unconfirmed'])
  }
}
