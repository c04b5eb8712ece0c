import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Attempt, AttemptResult } from '@flashsale/contracts/http/inventory.ts'
import { createHttpClient } from '@flashsale/service-kit/http-client.ts'
import { createAttemptBatches } from '../src/clients/attempt-batches.ts'
import { createInventoryClient } from '../src/clients/inventory.ts'
import { aSale, newOrderId } from './gateway.ts'
import { type Asked, startPeer, type Told } from './peers.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const [hot, calm] = [aSale().id, aSale().id]
const attempt = (saleId = hot) =>
  ({ orderId: newOrderId('ann'), saleId, buyerId: 'ann', quantity: 1, epoch: 1 }) as Attempt
const held = ({ orderId }: Attempt): AttemptResult => ({ kind: 'held', orderId })

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

test('attempts of one turn travel together, each sale’s for itself, in the order they came', async () => {
  const sent: Attempt[][] = []
  const reserve = createAttemptBatches(async (attempts) => {
    sent.push(attempts)
    return attempts.map(held)
  })
  const attempts = [attempt(), attempt(calm), attempt(), attempt()]
  const results = await Promise.all(attempts.map(reserve))
  assert.deepEqual(results, attempts.map(held))
  const [one, other, three, four] = attempts
  assert.deepEqual(sent, [[one, three, four], [other]])
  const later = attempt()
  assert.deepEqual(await reserve(later), held(later))
  assert.deepEqual(sent.at(-1), [later])
})

test('no call is larger than inventory takes, and none of the attempts is left behind', async () => {
  const sizes: number[] = []
  const reserve = createAttemptBatches(async (attempts) => {
    sizes.push(attempts.length)
    return attempts.map(held)
  })
  const attempts = Array.from({ length: 600 }, () => attempt())
  assert.deepEqual(await Promise.all(attempts.map(reserve)), attempts.map(held))
  assert.deepEqual(
    sizes.toSorted((a, b) => b - a),
    [256, 256, 88],
  )
})

test('who comes while a call is under way leaves with all others when it is answered', async () => {
  const calls: { attempts: Attempt[]; answer(): void }[] = []
  const reserve = createAttemptBatches(async (attempts) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    calls.push({ attempts, answer: resolve })
    await promise
    return attempts.map(held)
  })
  const [one, two, three, other] = [attempt(), attempt(), attempt(), attempt(calm)]
  const first = reserve(one)
  await turn()
  const others = [reserve(two), reserve(other)]
  await turn()
  others.push(reserve(three))
  assert.deepEqual(
    calls.map(({ attempts }) => attempts),
    [[one], [other]],
  )
  for (const { answer } of calls) answer()
  assert.deepEqual(await first, held(one))
  await turn()
  assert.deepEqual(calls[2]?.attempts, [two, three])
  calls[2]?.answer()
  assert.deepEqual(await Promise.all(others), [two, other, three].map(held))
})

test('a call that hangs keeps nobody waiting: the next one leaves without its answer', async () => {
  const sent: Attempt[][] = []
  const reserve = createAttemptBatches(async (attempts) => {
    if (sent.push(attempts) === 1) await new Promise(() => {})
    return attempts.map(held)
  })
  const [hanging, next] = [attempt(), attempt()]
  void reserve(hanging)
  await turn()
  assert.deepEqual(await reserve(next), held(next))
  assert.deepEqual(sent, [[hanging], [next]])
})

test('an attempt without a result is unknown, its neighbours have theirs', async () => {
  const reserve = createAttemptBatches(async ([first]) => [held(first as Attempt)])
  const attempts = [attempt(), attempt()]
  const [first] = attempts as [Attempt]
  assert.deepEqual(await Promise.all(attempts.map(reserve)), [held(first), { kind: 'unknown' }])
})

/** Two inventories; the first call is told `kinds`, all later ones hold whatever they are given. */
async function startTwo(t: TestContext, kinds: string[]) {
  let calls = 0
  const handler = ({ body }: Asked): Told => {
    const { attempts } = body as { attempts: Attempt[] }
    const told = calls++ === 0 ? kinds : []
    const results = attempts.map(({ orderId }, i) => ({ kind: told[i] ?? 'held', orderId }))
    return { status: 200, body: { results } }
  }
  const peers = [await startPeer(t, handler), await startPeer(t, handler)]
  const http = createHttpClient(peers.map(({ url }) => url).join(','), { timeoutMs: 5_000 })
  t.after(http.close)
  const { reserve } = createInventoryClient({ toReserve: http, toInventory: http }, quiet)
  const both = async () => {
    const results = await Promise.all([reserve(attempt()), reserve(attempt())])
    return results.map(({ kind }) => kind)
  }
  return { both, calls: () => calls }
}

test('a batch that one inventory refuses whole is given to the other', async (t) => {
  const { both, calls } = await startTwo(t, ['unavailable', 'old-epoch'])
  assert.deepEqual(await both(), ['held', 'held'])
  assert.equal(calls(), 2)
})

test('where only some of a batch were refused, no other answer replaces the first', async (t) => {
  const { both, calls } = await startTwo(t, ['held', 'unavailable'])
  assert.deepEqual(await both(), ['held', 'unavailable'])
  assert.equal(calls(), 1)
})
