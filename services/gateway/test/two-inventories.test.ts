import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aSale, buyerToken, outcome, startGateway } from './gateway.ts'
import { type Asked, type Peer, startPeer, type Told } from './peers.ts'

type Results = (asked: Asked) => { kind: string; orderId?: string; orderIds?: string[] }
const orderIdOf = ({ body }: Asked) =>
  (body as { attempts: { orderId: string }[] }).attempts[0]?.orderId ?? ''

/** Two inventories that know the same sale; the first to get an attempt breaks the connection. */
async function startTwo(t: Parameters<typeof startGateway>[0], result: Results) {
  const sale = aSale()
  let lost = 0
  const handler = (asked: Asked): Told => {
    if (asked.path.startsWith('/internal/sales')) {
      return { status: 200, body: { redisTimeMs: Date.now(), sales: [sale] } }
    }
    if (lost++ === 0) return 'reset'
    return { status: 200, body: { results: [result(asked)] } }
  }
  const peers = [await startPeer(t, handler), await startPeer(t, handler)]
  const inventoryUrl = peers.map(({ url }) => url).join(',')
  const { call } = await startGateway(t, { inventoryUrl })
  const path = `/v1/sales/${sale.id}/orders`
  const buy = () => call('POST', path, { token: buyerToken(), body: { quantity: 1 } })
  return { buy, attempts: () => peers.flatMap(attemptsOf) }
}
const attemptsOf = ({ asked }: Peer) => asked.filter(({ path }) => path === '/internal/reserve')

test('an attempt whose connection broke is held by the other inventory, under the same order id', async (t) => {
  const { buy, attempts } = await startTwo(t, (asked) => ({
    kind: 'held',
    orderId: orderIdOf(asked),
  }))
  const answer = await buy()
  assert.deepEqual([answer.status, answer.body.status], [202, 'accepted'])
  assert.deepEqual(attempts().map(orderIdOf), [answer.body.orderId, answer.body.orderId])
})

for (const result of [
  { kind: 'sold-out' },
  { kind: 'not-open' },
  { kind: 'limit-reached', orderIds: [] },
  { kind: 'unavailable' },
]) {
  test(`"${result.kind}" is no answer while a lost copy of the attempt may still arrive (P8)`, async (t) => {
    const { buy, attempts } = await startTwo(t, () => result)
    const answer = await buy()
    assert.deepEqual([answer.status, answer.body.status], [202, 'unconfirmed'])
    assert.equal(attempts().length, 2)
    assert.notEqual(outcome(await buy()), '202') // the next attempt was lost nowhere
  })
}
