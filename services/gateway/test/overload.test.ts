import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { sleep, until } from '@flashsale/service-kit/wait.ts'
import { ATTEMPTS_AT_ONCE } from '../src/http/purchase.ts'
import { restMsOf } from '../src/http/send-away.ts'
import { aSale, buyerToken, outcome, startGateway } from './gateway.ts'

test('a connection rests for as long as its buyer was told, and five seconds at most', () => {
  assert.deepEqual([1, 4, 5, 6, 32].map(restMsOf), [1_000, 4_000, 5_000, 5_000, 5_000])
})

/** One whose attempts at inventory have no answer until the test says so; with every place taken. */
async function fullGateway(t: TestContext, trustedProxies: string[] = []) {
  const sale = aSale()
  const { promise: end, resolve: release } = Promise.withResolvers<void>()
  const load = { isOver: () => true, refuse: () => 1 }
  const reserve = async () => {
    await end
    return { kind: 'unavailable' } as const
  }
  t.after(() => release()) // these run in order: else the gateway would wait for its answers
  const gateway = await startGateway(t, { sales: [sale], reserve, load, trustedProxies })
  const path = `/v1/sales/${sale.id}/orders`
  const buy = (token = buyerToken()) => gateway.call('POST', path, { token, body: { quantity: 1 } })
  const inside = Array.from({ length: ATTEMPTS_AT_ONCE }, () => buy())
  await untilRefused(buy)
  t.after(() => Promise.all(inside))
  return { ...gateway, path, buy }
}

/** The places are taken when the first one is told so. */
async function untilRefused(buy: () => Promise<unknown>) {
  for (let answer: unknown; answer === undefined; ) {
    answer = await Promise.race([buy(), sleep(200)])
  }
}

test('in overload who finds no room is sent away before the token is read', async (t) => {
  const { buy, call } = await fullGateway(t)
  const answer = await buy('no token')
  assert.equal(outcome(answer), '503 try-later')
  assert.equal(answer.headers.get('retry-after'), '1')
  assert.equal((await call('GET', '/healthz')).status, 200)
  assert.equal(
    outcome(await call('GET', '/v1/orders/x', { token: buyerToken() })),
    '404 order-not-found',
  )
})

test('in overload nobody waits in line, whichever way the request took', async (t) => {
  const { call, path, turns } = await fullGateway(t)
  const take = t.mock.method(turns, 'take')
  const wanted = { token: buyerToken(), body: { quantity: 1 } }
  assert.equal(outcome(await call('POST', `${path}?by=router`, wanted)), '503 try-later')
  assert.equal(take.mock.callCount(), 0)
})

test('over the connection of a buyer who was sent away nothing is read before the time', async (t) => {
  const { ask, socket, answer } = await raw(t)
  ask()
  assert.equal(await answer(), SENT_AWAY)
  await until(() => socket().isPaused(), { timeoutMs: 5_000, everyMs: 1, what: 'it to rest' })
  const before = socket().bytesRead
  let atItsEnd: number | undefined
  socket().once('resume', () => {
    atItsEnd = socket().bytesRead
  })
  ask()
  await until(() => atItsEnd !== undefined, { timeoutMs: 5_000, everyMs: 1, what: 'its end' })
  assert.equal(atItsEnd, before)
  assert.equal(await answer(), SENT_AWAY)
})

for (const [name, proxies, header] of [
  ['of ours', ['127.0.0.1'], ''],
  ['of others', [], 'X-Forwarded-For: 192.0.2.1\r\n'],
] as const) {
  test(`a connection of a proxy ${name} is read on: it belongs to many buyers`, async (t) => {
    const { ask, socket, answer } = await raw(t, [...proxies], header)
    ask()
    assert.equal(await answer(), SENT_AWAY)
    let rested = false
    socket().on('pause', () => {
      rested = true
    })
    ask()
    assert.equal(await answer(), SENT_AWAY)
    assert.equal(rested || socket().isPaused(), false)
  })
}

const SENT_AWAY = 'HTTP/1.1 503 Service Unavailable'

/** One connection, seen from both of its ends. */
async function raw(t: TestContext, trustedProxies: string[] = [], header = '') {
  const { url, path, app } = await fullGateway(t, trustedProxies)
  const accepted = once(app.server, 'connection')
  const { port, hostname } = new URL(url)
  const client = connect({ port: Number(port), host: hostname })
  t.after(() => client.destroy())
  const [seen] = (await accepted) as [Socket]
  const head = `POST ${path} HTTP/1.1\r\nhost: x\r\n${header}content-type: application/json\r\n`
  const answers: string[] = []
  client.on('data', (text) => answers.push(String(text)))
  return {
    socket: () => seen,
    ask: () => client.write(`${head}content-length: 14\r\n\r\n{"quantity":1}`),
    async answer() {
      const came = { timeoutMs: 10_000, everyMs: 1, what: 'an answer' }
      return (await until(() => answers.shift(), came)).split('\r\n')[0]
    },
  }
}
