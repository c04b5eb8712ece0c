import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { buyerToken } from './gateway.ts'
import { head } from './raw-client.ts'
import { rudeWorld } from './rude-world.ts'

const BODY = '{"quantity":1}'
const LINGER_WAIT = { timeoutMs: 20_000, what: 'a client that does not close to be closed' }
const twice = 'content-length: 14\r\ncontent-length: 15'
const lines = (...all: string[]) => [...all, '', ''].join('\r\n')

const odd = [
  ['bytes that are no HTTP', 'nonsense\r\n\r\n', '400', 'invalid-request'],
  ['no host', lines('GET /healthz HTTP/1.1'), '400', 'invalid-request'],
  ['HTTP/2 without a word before', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '400', 'invalid-request'],
  ['another version', lines('GET / HTTP/1.7', 'host: x'), '400', 'invalid-request'],
  ['line ends without a return', 'GET /healthz HTTP/1.1\nhost: x\n\n', '400', 'invalid-request'],
  ['two lengths', lines('POST / HTTP/1.1', 'host: x', twice) + BODY, '400', 'invalid-request'],
  [
    'a length and chunks',
    lines('POST / HTTP/1.1', 'host: x', 'content-length: 4', 'transfer-encoding: chunked'),
    '400',
    'invalid-request',
  ],
  [
    'chunks that are not the last coding',
    lines('POST / HTTP/1.1', 'host: x', 'transfer-encoding: chunked, gzip'),
    '400',
    'invalid-request',
  ],
  [
    'a space before the colon',
    lines('POST / HTTP/1.1', 'host: x', 'content-length : 4'),
    '400',
    'invalid-request',
  ],
  [
    'a header that goes on in the next line',
    lines('POST / HTTP/1.1', 'host: x', 'x: a', ' transfer-encoding: chunked'),
    '400',
    'invalid-request',
  ],
  [
    'a length that is no number',
    head('POST /', { 'content-length': '1e3' }),
    '400',
    'invalid-request',
  ],
  ['a length below zero', head('POST /', { 'content-length': '-1' }), '400', 'invalid-request'],
  ['a huge header', head('GET /healthz', { x: 'y'.repeat(17_000) }), '431', 'headers-too-large'],
  ['a huge path', head(`GET /${'y'.repeat(17_000)}`), '431', 'headers-too-large'],
  [
    'very many headers',
    head('GET /healthz', Object.fromEntries(Array.from({ length: 4_000 }, (_, n) => [`x${n}`, 1]))),
    '431',
    'headers-too-large',
  ],
  [
    'a wish that nobody grants',
    head('GET /healthz', { expect: 'tea' }),
    '417',
    'expectation-failed',
  ],
  ['CONNECT', head('CONNECT door:443'), '404', 'not-found'],
  [
    'a chunk whose size is no number',
    `${head('POST /v1/payments/callbacks/bank', { 'transfer-encoding': 'chunked' })}zz\r\n`,
    '400',
    'invalid-request',
  ],
] as const

for (const [what, bytes, status, problem] of odd) {
  test(`${what}: ${status} ${problem}, and the end of the connection`, async (t) => {
    const world = await rudeWorld(t, {})
    const client = await world.dial()
    client.send(bytes)
    await client.answers(1)
    assert.deepEqual(client.statuses(), [status])
    await client.ended()
    assert.deepEqual(client.problems(), [problem])
    assert.match(client.received(), /content-type: application\/problem\+json/i)
    // It does not close its side, and is closed all the same: what is left is the connection that asks.
    const isAlone = async () =>
      /^http_connections 1$/m.test((await world.call('GET', '/metrics')).text)
    await until(isAlone, LINGER_WAIT)
    await world.honestBuyerIsServed()
  })
}

test('HTTP/1.0 is answered and closed; an upgrade is not made, and its request is answered', async (t) => {
  const world = await rudeWorld(t, {})
  const old = await world.dial()
  old.send('GET /healthz HTTP/1.0\r\n\r\n')
  await old.ended()
  assert.deepEqual(old.statuses(), ['200'])
  for (const upgrade of ['websocket', 'h2c']) {
    const client = await world.dial()
    client.send(head('GET /healthz', { connection: 'upgrade', upgrade }))
    await client.answers(1)
    assert.deepEqual(client.statuses(), ['200'])
  }
})

test('who asks whether to go on with the body is told to, and bought for', async (t) => {
  const world = await rudeWorld(t, {})
  const client = await world.dial()
  client.send(world.purchase({ expect: '100-continue', 'content-length': BODY.length }, ''))
  await client.answers(1)
  assert.deepEqual(client.statuses(), ['100'])
  client.send(BODY)
  await client.answers(2)
  assert.deepEqual(client.statuses(), ['100', '202'])
})

test('nonsense behind a request does not take the place of its answer', async (t) => {
  const held = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  const world = await rudeWorld(
    t,
    {},
    {
      reserve: async ({ orderId }) => {
        asked.resolve()
        await held.promise
        return { kind: 'held', orderId }
      },
    },
  )
  const client = await world.dial()
  client.send(world.purchase())
  await asked.promise
  const before = await world.ended('malformed')
  client.send('nonsense\r\n\r\n')
  await until(async () => (await world.ended('malformed')) > before, LINGER_WAIT)
  held.resolve()
  await client.ended()
  assert.deepEqual(client.statuses(), ['202'])
  assert.match(client.received(), /connection: close/i)
})

test('of headers that fit, none is left out, however many there are', async (t) => {
  const world = await rudeWorld(t, {})
  const client = await world.dial()
  const others = 'x:\r\n'.repeat(2_500)
  client.send(
    `GET /v1/orders/1 HTTP/1.1\r\nhost: x\r\n${others}authorization: Bearer ${buyerToken()}\r\n\r\n`,
  )
  await client.answers(1)
  assert.deepEqual(client.problems(), ['order-not-found']) // and not that nobody knows who asks
})
