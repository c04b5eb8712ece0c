import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { BuyerId } from '@flashsale/contracts/ids.ts'
import { closeRedis, connectRedis, whenReady } from '@flashsale/redis/connection.ts'
import { createHttpClient } from '@flashsale/service-kit/http-client.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { type System, startSystem } from '@flashsale/test-kit/system.ts'
import { createInventoryClient } from '../src/clients/inventory.ts'
import { startSaleBoard } from '../src/jobs/sale-board.ts'
import { outcome, send } from './gateway.ts'
import { broadcastOf } from './hearing.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const REOPENS_WITHIN_MS = 1_000
const wait = (what: string) => ({ timeoutMs: 15_000, everyMs: 5, what })

test('a unit that comes back opens the sale on every gateway, and its new buyer is known there', async (t) => {
  const system = await startSystem(t)
  const { saleId, orderId, buy, as, state } = await soldOutSale(system)
  const other = anotherGateway(t, system, saleId)
  await until(() => other.state() === 'sold-out', wait('the other gateway'))
  await until(async () => (await state()) === 'sold-out', wait('the sale to be sold out'))
  await until(() => !other.mayHaveOrder('bob'), wait('the buyers to be read'))
  assert.ok(other.mayHaveOrder('ann'))
  await until(async () => !(await isAsked(system, () => buy('bob', 'b-0'))), wait('the first one'))
  assert.equal((await buy('ann', 'a')).body.orderId, orderId)

  await until(async () => (await cancel(system, as('ann'), orderId)) === 200, wait('the cancel'))
  const redis = connectRedis(redisOf(system))
  t.after(() => closeRedis(redis))
  await whenReady(redis, 5_000)
  const isBack = async () => (await redis.llen(`sale:{${saleId}:0}:e1:free`)) > 0
  await until(isBack, wait('the unit to be back'))
  const backAtMs = performance.now()
  await until(() => other.state() === 'open', wait('the other gateway to open'))
  await until(async () => (await state()) === 'open', wait('the sale to open'))
  const tookMs = performance.now() - backAtMs
  assert.ok(tookMs < REOPENS_WITHIN_MS, `${tookMs} ms`)

  const readings = other.readings()
  assert.equal(outcome(await buy('bob', 'b-1')), '202')
  await until(() => other.state() === 'sold-out', wait('the second end'))
  assert.deepEqual(['ann', 'bob', 'cid'].map(other.mayHaveOrder), [true, true, false])
  assert.equal(other.readings(), readings) // Redis told it
})

const redisOf = ({ env, redisPrefix }: System) => ({
  url: env.inventory.REDIS_URL ?? '',
  keyPrefix: redisPrefix,
})

async function soldOutSale(system: System) {
  const as = (user: string) => ({ token: system.token(user) })
  const body = {
    ...{ title: 'A kettle', sku: 'KETTLE-1', priceMinor: 9900, currency: 'EUR', stock: 1 },
    ...{ perBuyerLimit: 1, paymentWindowSeconds: 600 },
    opensAt: new Date(Date.now() - 1_000).toISOString(),
    closesAt: new Date(Date.now() + 600_000).toISOString(),
  }
  const token = system.token('operator', 'admin')
  const created = await send('POST', `${system.url}/v1/admin/sales`, { token, body })
  const saleId: string = created.body.id
  const path = `${system.url}/v1/sales/${saleId}`
  const buy = (user: string, key: string) =>
    send('POST', `${path}/orders`, { ...as(user), body: { quantity: 1 }, key })
  const first = await buy('ann', 'a')
  assert.equal(first.status, 202, first.text)
  const state = async (): Promise<string> => (await send('GET', path)).body.state
  return { saleId, orderId: String(first.body.orderId), buy, as, state }
}

/** Only what it knows of sales: it hears the same Redis, and asks the same inventory. */
function anotherGateway(t: TestContext, system: System, saleId: string) {
  const http = createHttpClient(system.urls.inventory, { timeoutMs: 2_000 })
  t.after(http.close)
  let readings = 0
  const client = createInventoryClient({ toReserve: http, toInventory: http }, quiet)
  const inventory: typeof client = {
    ...client,
    buyers(wanted) {
      readings++
      return client.buyers(wanted)
    },
  }
  const board = startSaleBoard({
    inventory,
    broadcast: broadcastOf(t, redisOf(system)),
    log: quiet,
  })
  t.after(board.stop)
  const sale = () => board.get(saleId)
  const state = () => {
    const now = sale()
    return now && board.stateOf(now)
  }
  const mayHaveOrder = (buyer: string) => {
    const now = sale()
    return !now || board.mayHaveOrder(now, buyer as BuyerId)
  }
  return { state, mayHaveOrder, readings: () => readings }
}

/** Whether the gateway passed the attempt on. */
async function isAsked(system: System, attempt: () => Promise<unknown>) {
  const refused = async () => {
    const { text } = await send('GET', `${system.url}/metrics`)
    const line = /^gateway_attempts_total\{outcome="sold-out",asked="no"\} (\d+)$/m.exec(text)
    return Number(line?.[1] ?? 0)
  }
  const before = await refused()
  await attempt()
  return (await refused()) === before
}

async function cancel(system: System, as: { token: string }, orderId: string) {
  const path = `${system.url}/v1/orders/${orderId}`
  const { body } = await send('GET', path, as)
  if (body.status !== 'pending-payment') return undefined
  return (await send('POST', `${path}/cancel`, as)).status
}
