import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OrderId } from '@flashsale/contracts/ids.ts'
import { deadlineOf } from '@flashsale/contracts/order-id.ts'
import { sleep, until } from '@flashsale/service-kit/wait.ts'
import { ATTEMPTS_AT_ONCE as AT_ONCE } from '../src/http/purchase.ts'
import { aSale, buyerToken, newOrderId, orderIds, outcome, startGateway } from './gateway.ts'
import { type Handler, refusal, refusingUrl, startPeer, type Told } from './peers.ts'

const ANSWER_WITHIN_MS = 3000 // the call has 900; the machine may be busy

const troubles: { name: string; does: Told; without: string; withKey: string }[] = [
  { name: 'hangs', does: 'hang', without: '202', withKey: '202' },
  { name: 'drops the connection', does: 'reset', without: '202', withKey: '202' },
  { name: 'breaks', does: { status: 500 }, without: '202', withKey: '202' },
  { name: 'talks nonsense', does: { status: 200, body: { a: 1 } }, without: '202', withKey: '202' },
  { name: 'refuses', does: refusal('try-later', 503), without: '503', withKey: '503' },
]
for (const { name, does, without, withKey } of troubles) {
  test(`when inventory ${name} during an attempt, nothing is promised and nobody hangs`, async (t) => {
    const sale = aSale()
    const { call } = await startGateway(t, { sales: [sale], inventory: () => does })
    const path = `/v1/sales/${sale.id}/orders`
    const wanted = { token: buyerToken('ann'), body: { quantity: 1 } }
    const startedAt = performance.now()
    const [plain, keyed] = await Promise.all([
      call('POST', path, wanted),
      call('POST', path, { ...wanted, key: 'k' }),
    ])
    assert.ok(performance.now() - startedAt < ANSWER_WITHIN_MS)
    assert.equal(plain.status, Number(without))
    assert.equal(keyed.status, Number(withKey))
    if (without === '503') return
    assert.equal(plain.body.status, 'unconfirmed')
    assert.ok(orderIds.belongsTo(plain.body.orderId, 'ann' as never))
    assert.deepEqual(keyed.body, { status: 'unconfirmed' })
    assert.equal(keyed.headers.get('retry-after'), '1')
  })
}

test('a crowd waits its turn before its attempts begin to live, not in a connection pool', async (t) => {
  const sale = aSale()
  let open = 0
  let mostOpen = 0
  const deadlinesMs: number[] = []
  const slow: Handler = async ({ body }) => {
    const { attempts } = body as { attempts: { orderId: OrderId }[] }
    open += attempts.length
    mostOpen = Math.max(mostOpen, open)
    deadlinesMs.push(...attempts.map(({ orderId }) => deadlineOf(orderId)))
    await sleep(250)
    open -= attempts.length
    return { status: 200, body: { results: attempts.map((one) => ({ kind: 'held', ...one })) } }
  }
  const { call } = await startGateway(t, { sales: [sale], inventory: slow })
  const path = `/v1/sales/${sale.id}/orders`
  const wanted = () => ({ token: buyerToken(), body: { quantity: 1 } })
  const crowd = <T>(ask: () => T) => Array.from({ length: 5 * AT_ONCE }, ask)
  await Promise.all(crowd(() => call('POST', path, wanted())))
  assert.ok(mostOpen < 2 * AT_ONCE, `${mostOpen} at once`) // and what a busy machine gave up
  const spreadMs = Math.max(...deadlinesMs) - Math.min(...deadlinesMs)
  assert.ok(spreadMs > 900, `${spreadMs} ms`) // five rounds of 250 ms, each its own time
})

test('when inventory is gone, an attempt surely not sent is 503, and readiness stays', async (t) => {
  const sale = aSale()
  const inventory: Handler = ({ path }) =>
    path.startsWith('/internal/sales')
      ? { status: 200, body: { redisTimeMs: Date.now(), sales: [sale] } }
      : 'hang'
  const peer = await startPeer(t, inventory)
  const { call } = await startGateway(t, { inventoryUrl: peer.url })
  await peer.stop()
  const wanted = { token: buyerToken(), body: { quantity: 1 } }
  const path = `/v1/sales/${sale.id}/orders`
  const answer = await call('POST', path, wanted)
  assert.ok(['503 try-later', '202'].includes(outcome(answer))) // 202: the old connection broke
  assert.equal(outcome(await call('POST', path, wanted)), '503 try-later')
  assert.equal((await call('GET', `/v1/sales/${sale.id}`)).status, 200)
  assert.equal((await call('GET', '/readyz')).status, 200)
})

test('while nobody can tell what is left, buyers are told at once and none waits in line', async (t) => {
  const sale = aSale({ free: null })
  const { call, peers } = await startGateway(t, { sales: [sale], inventory: () => 'hang' })
  const path = `/v1/sales/${sale.id}/orders`
  const buy = (key?: string) =>
    call('POST', path, { token: buyerToken(), body: { quantity: 1 }, ...(key && { key }) })
  const said = await Promise.all(Array.from({ length: 200 }, (_, i) => buy(i % 2 ? `k${i}` : '')))
  assert.deepEqual([...new Set(said.map(outcome))], ['503 try-later'])
  assert.ok(peers.inventory.asked.every(({ path }) => path.startsWith('/internal/sales')))
})

test('who waits in line behind attempts that hang is told once nobody knows what is left', async (t) => {
  const sale = aSale()
  let open = 0
  const { promise: hang, resolve: release } = Promise.withResolvers<void>()
  const reserve = async () => {
    open++
    await hang
    return { kind: 'unknown' } as const
  }
  const { call, board } = await startGateway(t, { sales: [sale], reserve })
  const path = `/v1/sales/${sale.id}/orders`
  const buy = () => call('POST', path, { token: buyerToken(), body: { quantity: 1 } })
  const hanging = Array.from({ length: AT_ONCE }, buy)
  await until(() => open === AT_ONCE, {
    timeoutMs: 10_000,
    everyMs: 1,
    what: 'all turns to be taken',
  })
  const waiting = Array.from({ length: 50 }, buy)
  const inLine = async () =>
    /^gateway_attempts_waiting 50$/m.test((await call('GET', '/metrics')).text)
  await until(inLine, { timeoutMs: 10_000, what: 'all others to stand in line' })
  sale.free = null
  await board.refresh()
  const said = await Promise.all(waiting)
  assert.deepEqual([...new Set(said.map(outcome))], ['503 try-later'])
  assert.equal(open, AT_ONCE)
  release()
  await Promise.all(hanging)
})

test('before inventory was ever heard, the gateway is not ready and knows no sale, for or against', async (t) => {
  const { call } = await startGateway(t, { inventoryUrl: await refusingUrl(t) })
  const { id } = aSale()
  const wanted = { token: buyerToken(), body: { quantity: 1 } }
  assert.equal((await call('GET', '/readyz')).status, 503)
  assert.equal((await call('GET', '/healthz')).status, 200)
  assert.equal(outcome(await call('POST', `/v1/sales/${id}/orders`, wanted)), '503 try-later')
  assert.equal(outcome(await call('GET', `/v1/sales/${id}`)), '503 try-later')
  assert.equal(outcome(await call('GET', '/v1/sales')), '503 try-later')
})

test('without Redis’ time there is no deadline, and without a deadline no attempt', async (t) => {
  const sale = aSale()
  const peer = await startPeer(t, () => ({
    status: 200,
    body: { redisTimeMs: null, sales: [sale] },
  }))
  const { call } = await startGateway(t, { inventoryUrl: peer.url })
  const wanted = { token: buyerToken(), body: { quantity: 1 }, key: 'k' }
  assert.equal(outcome(await call('POST', `/v1/sales/${sale.id}/orders`, wanted)), '503 try-later')
  const plain = { token: buyerToken(), body: { quantity: 1 } }
  assert.equal(outcome(await call('POST', `/v1/sales/${sale.id}/orders`, plain)), '503 try-later')
  assert.equal(outcome(await call('GET', `/v1/sales/${sale.id}`)), '503 try-later')
  assert.equal(outcome(await call('GET', '/v1/sales')), '503 try-later')
  assert.ok(peer.asked.every(({ path }) => path.startsWith('/internal/sales')))
})

for (const [name, does] of [
  ['hangs', 'hang'],
  ['drops the connection', 'reset'],
  ['breaks', { status: 500 }],
  ['has no database', refusal('try-later', 503)],
] as [string, Told][]) {
  test(`when the order service ${name}, an order is try-later and never a wrong state`, async (t) => {
    const { call } = await startGateway(t, {
      order: () => does,
      inventory: () => ({ status: 200, body: { kind: 'absent' } }),
    })
    const token = buyerToken('ann')
    const id = newOrderId('ann')
    const calls = [
      ['GET', `/v1/orders/${id}`],
      ['GET', '/v1/orders'],
      ['POST', `/v1/orders/${id}/payment`],
      ['POST', `/v1/orders/${id}/cancel`],
    ] as const
    for (const [method, path] of calls) {
      const answer = await call(method, path, { token })
      assert.equal(outcome(answer), '503 try-later', `${method} ${path}`)
      assert.ok(answer.headers.has('retry-after'))
    }
  })
}
