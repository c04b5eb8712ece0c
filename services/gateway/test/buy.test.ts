import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attempt, AttemptResult } from '@flashsale/contracts/http/inventory.ts'
import { deadlineOf } from '@flashsale/contracts/order-id.ts'
import { aSale, buyerToken, newOrderId, orderIds, outcome, startGateway } from './gateway.ts'
import type { Asked, Told } from './peers.ts'

const attemptOf = ({ body }: Asked) => (body as { attempts: [Attempt] }).attempts[0]
const results = (...found: AttemptResult[]): Told => ({ status: 200, body: { results: found } })
const held = (asked: Asked) => results({ kind: 'held', orderId: attemptOf(asked).orderId })
const attemptsOf = (asked: Asked[]) =>
  asked.filter(({ path }) => path === '/internal/reserve').map(attemptOf)

test('a hold is answered 202 with an order id of this buyer, made before the call', async (t) => {
  const sale = aSale({ epoch: 7 })
  const { call, peers } = await startGateway(t, {
    sales: [sale],
    inventory: held,
    redisSkewMs: 60_000,
  })
  const sentAtMs = Date.now()
  const answer = await call('POST', `/v1/sales/${sale.id}/orders`, {
    token: buyerToken('ann'),
    body: { quantity: 2 },
  })

  assert.equal(answer.status, 202)
  const [attempt] = attemptsOf(peers.inventory.asked)
  assert.ok(attempt)
  assert.deepEqual(answer.body, { orderId: attempt.orderId, status: 'accepted' })
  assert.ok(orderIds.belongsTo(attempt.orderId, 'ann' as Attempt['buyerId']))
  assert.equal(attempt.epoch, 7)
  assert.equal(attempt.quantity, 2)
  assert.equal(attempt.key, undefined)
  const deadlineMs = deadlineOf(attempt.orderId) - 60_000 // it is in Redis' time
  assert.ok(deadlineMs > sentAtMs + 500 && deadlineMs < Date.now() + 1500)
})

test('the key and a fingerprint of the body go along; a pass that nobody asked for is taken', async (t) => {
  const sale = aSale()
  const { call, peers } = await startGateway(t, { sales: [sale], inventory: held })
  const path = `/v1/sales/${sale.id}/orders`
  const token = buyerToken()
  await call('POST', path, { token, key: 'k', body: { quantity: 1 } })
  await call('POST', path, { token, key: 'k', body: '{ "quantity": 1.0 }', headers: json })
  await call('POST', path, { token, key: 'k', body: { quantity: 2 } })
  await call('POST', path, { token, key: 'k', body: { quantity: 1, pass: 'p' } })
  const prints = attemptsOf(peers.inventory.asked).map(({ fingerprint }) => fingerprint)
  assert.equal(prints.length, 4)
  assert.equal(prints[0], prints[1])
  assert.equal(new Set(prints).size, 3)
  assert.equal(attemptsOf(peers.inventory.asked)[0]?.key, 'k')
})
const json = { 'content-type': 'application/json' }

test('every result of an attempt has its answer', async (t) => {
  const sale = aSale()
  const first = newOrderId('ann')
  let next: AttemptResult = { kind: 'sold-out' }
  const { call } = await startGateway(t, { sales: [sale], inventory: () => results(next) })
  const buyAs = async (result: AttemptResult, key?: string) => {
    next = result
    const wanted = { token: buyerToken(), body: { quantity: 1 }, ...(key && { key }) }
    return await call('POST', `/v1/sales/${sale.id}/orders`, wanted)
  }

  const repeated = await buyAs({ kind: 'repeated', orderId: first }, 'k')
  assert.equal(repeated.status, 202)
  assert.deepEqual(repeated.body, { orderId: first, status: 'accepted' })
  assert.equal(repeated.headers.get('idempotency-replayed'), 'true')

  const limit = await buyAs({ kind: 'limit-reached', orderIds: [first] })
  assert.equal(outcome(limit), '409 limit-reached')
  assert.deepEqual(limit.body.orderIds, [first])

  const told: [AttemptResult['kind'], string][] = [
    ['idempotency-mismatch', '422 idempotency-mismatch'],
    ['not-open', '409 sale-not-open'],
    ['sold-out', '409 sold-out'],
    ['late', '503 try-later'],
    ['old-epoch', '503 try-later'],
    ['unavailable', '503 try-later'],
  ]
  for (const [kind, expected] of told) {
    const answer = await buyAs({ kind } as AttemptResult)
    assert.equal(outcome(answer), expected, kind)
    assert.equal(answer.headers.has('retry-after'), expected.startsWith('503'), kind)
  }

  const unknown = await buyAs({ kind: 'unknown' })
  assert.equal(unknown.status, 202)
  assert.equal(unknown.headers.get('retry-after'), '1')
  assert.deepEqual(Object.keys(unknown.body), ['orderId', 'status'])
  assert.equal(unknown.body.status, 'unconfirmed')
  const unknownWithKey = await buyAs({ kind: 'unknown' }, 'k')
  assert.equal(unknownWithKey.status, 202)
  assert.deepEqual(unknownWithKey.body, { status: 'unconfirmed' })
  assert.equal(unknownWithKey.headers.get('retry-after'), '1')
})

test('without a key, a sale that can give nothing answers from memory; with one, it is asked', async (t) => {
  const past = new Date(Date.now() - 1000).toISOString()
  const soon = new Date(Date.now() + 60_000).toISOString()
  const cases = [
    { sale: aSale({ phase: 'draft' }), without: '409 sale-not-open', asked: false },
    { sale: aSale({ opensAt: soon }), without: '409 sale-not-open', asked: false },
    { sale: aSale({ phase: 'closed' }), without: '409 sale-not-open', asked: true },
    { sale: aSale({ closesAt: past }), without: '409 sale-not-open', asked: true },
    { sale: aSale({ phase: 'paused' }), without: '503 try-later', asked: true },
    { sale: aSale({ free: null }), without: '503 try-later', asked: false }, // Redis is away
    { sale: aSale({ free: 0 }), without: '409 sold-out', asked: true },
  ]
  const { call, peers } = await startGateway(t, {
    sales: cases.map(({ sale }) => sale),
    inventory: () => results({ kind: 'repeated', orderId: newOrderId('ann') }),
  })
  for (const { sale, without, asked } of cases) {
    const path = `/v1/sales/${sale.id}/orders`
    const wanted = { token: buyerToken(), body: { quantity: 1 } }
    assert.equal(outcome(await call('POST', path, wanted)), without)
    assert.equal(attemptsOf(peers.inventory.asked).length, 0)
    assert.equal(
      outcome(await call('POST', path, { ...wanted, key: 'k' })),
      asked ? '202' : without,
    )
    assert.equal(attemptsOf(peers.inventory.asked.splice(0)).length, asked ? 1 : 0)
  }
})

test('of a sold-out sale a buyer who took units here hears limit-reached for another key', async (t) => {
  const sale = aSale({ free: 1 })
  const { call, board } = await startGateway(t, {
    sales: [sale],
    inventory: (asked) =>
      sale.free === 0
        ? results({ kind: 'limit-reached', orderIds: [newOrderId('ann')] })
        : held(asked),
  })
  const path = `/v1/sales/${sale.id}/orders`
  const winner = { token: buyerToken('ann'), body: { quantity: 1 }, key: 'another' }
  assert.equal(outcome(await call('POST', path, { ...winner, key: 'first' })), '202')
  sale.free = 0
  await board.refresh()
  assert.equal(outcome(await call('POST', path, winner)), '409 limit-reached')
  const { key: _key, ...withoutKey } = winner
  assert.equal(outcome(await call('POST', path, withoutKey)), '409 sold-out')
})

test('a pause that is news to the gateway answers try-later, not sale-not-open', async (t) => {
  const sale = aSale()
  const { call } = await startGateway(t, {
    sales: [sale],
    inventory: () => {
      sale.phase = 'paused'
      return results({ kind: 'not-open' })
    },
  })
  const wanted = { token: buyerToken(), body: { quantity: 1 } }
  assert.equal(outcome(await call('POST', `/v1/sales/${sale.id}/orders`, wanted)), '503 try-later')
})

test('a sale opens by Redis’ clock, whatever the gateway’s own says', async (t) => {
  const opensAtMs = Date.now() + 60_000
  const sale = aSale({ opensAt: new Date(opensAtMs).toISOString() })
  const early = await startGateway(t, { sales: [sale], inventory: held, redisSkewMs: -60_000 })
  const late = await startGateway(t, { sales: [sale], inventory: held, redisSkewMs: 61_000 })
  const path = `/v1/sales/${sale.id}/orders`
  const wanted = { token: buyerToken(), body: { quantity: 1 } }
  assert.equal(outcome(await early.call('POST', path, wanted)), '409 sale-not-open')
  assert.equal(outcome(await late.call('POST', path, wanted)), '202')
})
