import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AttemptResult, Queue } from '@flashsale/contracts/http/inventory.ts'
import { queueTold } from '../src/domain/queue-told.ts'
import { aSale, buyerToken, newOrderId, outcome, startGateway } from './gateway.ts'

const results = (...of: AttemptResult[]) => ({ status: 200, body: { results: of } })
const OPEN: Queue = { waitMs: 0, isOpen: true, retryAfterMs: 0 }
const CLOSED: Queue = { waitMs: 15_300, isOpen: false, retryAfterMs: 7_300 }

test('a 202 says when its order is worth asking for, by the queue as it was told last', async (t) => {
  const sale = aSale()
  const told: { queue?: Queue } = {}
  const held: AttemptResult = { kind: 'held', orderId: newOrderId('ann') }
  const { call, board } = await startGateway(t, {
    sales: [sale],
    told,
    inventory: () => results(held),
  })
  const hint = async (key?: string) => {
    const wanted = { token: buyerToken(), body: { quantity: 1 }, ...(key && { key }) }
    const answer = await call('POST', `/v1/sales/${sale.id}/orders`, wanted)
    assert.equal(answer.status, 202)
    assert.deepEqual(Object.keys(answer.body), ['orderId', 'status'])
    return answer.headers.get('retry-after')
  }
  assert.equal(await hint(), '1') // an inventory that tells nothing of it
  for (const [waitMs, seconds] of [
    [900, '1'],
    [2_001, '3'],
    [8_000, '8'],
    [900_000, '60'],
  ] as const) {
    told.queue = { ...OPEN, waitMs }
    await board.refresh()
    assert.equal(await hint(), seconds)
    assert.equal(await hint('k'), seconds)
  }
})

test('while the queue is too long, buyers are sent away without a call, and told for how long', async (t) => {
  const sale = aSale()
  const told: { queue?: Queue } = { queue: CLOSED }
  const { call, board, peers } = await startGateway(t, { sales: [sale], told })
  const path = `/v1/sales/${sale.id}/orders`
  const buy = () => call('POST', path, { token: buyerToken(), body: { quantity: 1 } })
  const asked = () => peers.inventory.asked.filter(({ method }) => method === 'POST').length
  for (const answer of await Promise.all(Array.from({ length: 20 }, buy))) {
    assert.equal(outcome(answer), '503 try-later')
    assert.equal(answer.headers.get('retry-after'), '8')
  }
  assert.equal(asked(), 0)
  told.queue = OPEN
  await board.refresh()
  await buy()
  assert.equal(asked(), 1)
})

test('who may have an order is passed on although the queue is too long', async (t) => {
  const sale = aSale()
  const orderId = newOrderId('ann')
  let result: AttemptResult = { kind: 'repeated', orderId }
  const { call } = await startGateway(t, {
    sales: [sale],
    told: { queue: CLOSED },
    inventory: () => results(result),
  })
  const path = `/v1/sales/${sale.id}/orders`
  const buy = () =>
    call('POST', path, { token: buyerToken('ann'), key: 'k', body: { quantity: 1 } })
  const again = await buy()
  assert.deepEqual(again.body, { orderId, status: 'accepted' })
  assert.equal(again.headers.get('idempotency-replayed'), 'true')
  result = { kind: 'unavailable' } // inventory takes nothing for a new one
  const refused = await buy()
  assert.equal(outcome(refused), '503 try-later')
  assert.equal(refused.headers.get('retry-after'), '8')
})

test('what a sale can no longer give is told before the queue is', async (t) => {
  const soldOut = aSale({ free: 0 })
  const closed = aSale({ phase: 'closed' })
  const { call } = await startGateway(t, { sales: [soldOut, closed], told: { queue: CLOSED } })
  const buy = async (id: string) =>
    outcome(
      await call('POST', `/v1/sales/${id}/orders`, { token: buyerToken(), body: { quantity: 1 } }),
    )
  assert.equal(await buy(soldOut.id), '409 sold-out')
  assert.equal(await buy(closed.id), '409 sale-not-open')
})

test('seconds are whole, at least one, and nobody is sent away for more than a minute', () => {
  const seconds = (ms: number) => {
    const { pollAfterSeconds, retryAfterSeconds } = queueTold({
      waitMs: ms,
      isOpen: false,
      retryAfterMs: ms,
    })
    assert.equal(pollAfterSeconds, retryAfterSeconds)
    return retryAfterSeconds
  }
  assert.deepEqual([0, 1, 1_000, 1_001, 59_001, 3_600_000].map(seconds), [1, 1, 1, 2, 60, 60])
})
