import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aSale, buyerToken, type Call, newOrderId, outcome, sign, startGateway } from './gateway.ts'
import type { Handler } from './peers.ts'

const LIMIT_BYTES = 64 * 1024
const tooLarge = ' '.repeat(LIMIT_BYTES + 1)
const json = { 'content-type': 'application/json' }
const noSuchSale = '/v1/sales/0a3d1d1c-7a4b-4f0e-9a65-5d5c3f1f0001/orders'

test('of several reasons to refuse, the first of the contract is told', async (t) => {
  const sale = aSale()
  const soldOut: Handler = () => ({ status: 200, body: { results: [{ kind: 'sold-out' }] } })
  const { call } = await startGateway(t, {
    sales: [sale],
    inventory: soldOut,
    limits: { buyer: { burst: 1, perSecond: 0.001 } },
  })
  const here = `/v1/sales/${sale.id}/orders`
  const spent = buyerToken('spent')
  assert.equal(
    outcome(await call('POST', here, { token: spent, body: { quantity: 1 } })),
    '409 sold-out',
  )
  const fresh = () => buyerToken()
  const text = { 'content-type': 'text/plain' }

  // Each request has one fault fewer than the one above it.
  const table: [string, Call, expected: string][] = [
    [noSuchSale, { token: 'bad', key: '', headers: text, body: tooLarge }, '401 unauthenticated'],
    [noSuchSale, { token: spent, key: '', headers: text, body: tooLarge }, '413 payload-too-large'],
    [noSuchSale, { token: spent, key: '', headers: text, body: '{' }, '415 unsupported-media-type'],
    [noSuchSale, { token: spent, key: '', headers: json, body: '{' }, '400 invalid-request'],
    [noSuchSale, { token: spent, key: '', body: { quantity: 99 } }, '400 invalid-request'],
    [noSuchSale, { token: spent, key: 'k', body: { quantity: 99 } }, '429 rate-limited'],
    [noSuchSale, { token: fresh(), key: 'k', body: { quantity: 99 } }, '404 sale-not-found'],
    [here, { token: fresh(), key: 'k', body: { quantity: 99 } }, '400 invalid-request'],
    [here, { token: fresh(), key: 'k', body: { quantity: 1 } }, '409 sold-out'],
  ]
  for (const [path, wanted, expected] of table) {
    assert.equal(outcome(await call('POST', path, wanted)), expected)
  }
})

test('a replay is answered although the sale is over; a quantity over the limit is not', async (t) => {
  const sale = aSale({ phase: 'closed', perBuyerLimit: 2 })
  const orderId = newOrderId('ann')
  const { call } = await startGateway(t, {
    sales: [sale],
    inventory: () => ({ status: 200, body: { results: [{ kind: 'repeated', orderId }] } }),
  })
  const path = `/v1/sales/${sale.id}/orders`
  const buy = (quantity: number) =>
    call('POST', path, { token: buyerToken('ann'), key: 'k', body: { quantity } })
  assert.equal(outcome(await buy(2)), '202')
  assert.equal(outcome(await buy(3)), '400 invalid-request')
})

test('a body that is not exactly right is 400', async (t) => {
  const sale = aSale()
  const { call, peers } = await startGateway(t, { sales: [sale] })
  const path = `/v1/sales/${sale.id}/orders`
  const token = buyerToken()
  const bodies: unknown[] = [
    {},
    [],
    null,
    'text',
    { quantity: 0 },
    { quantity: -1 },
    { quantity: 1.5 },
    { quantity: '1' },
    { quantity: null },
    { quantity: true },
    { quantity: 1e20 },
    { quantity: 3 }, // the sale gives 2
    { quantity: 1, unit: 5 },
    { quantity: 1, orderId: newOrderId('ann') },
    { quantity: 1, pass: 7 },
  ]
  for (const body of bodies) {
    const answer = await call('POST', path, { token, headers: json, body: JSON.stringify(body) })
    assert.equal(outcome(answer), '400 invalid-request', JSON.stringify(body))
  }
  for (const body of ['', '{', '{"quantity":1}x', '{"quantity":1,"__proto__":{"a":1}}']) {
    const answer = await call('POST', path, { token, headers: json, body })
    assert.equal(outcome(answer), '400 invalid-request', body)
  }
  const without = await call('POST', path, { token })
  assert.equal(outcome(without), '400 invalid-request')
  for (const key of ['', ' ', 'x'.repeat(65)]) {
    const answer = await call('POST', path, { token, key, body: { quantity: 1 } })
    assert.equal(outcome(answer), '400 invalid-request', `key of ${key.length}`)
  }
  assert.equal(peers.inventory.asked.filter(({ method }) => method === 'POST').length, 0)
})

test('a body of another kind is 415, one over 64 KiB is 413 also when it is sent in pieces', async (t) => {
  const sale = aSale()
  const { call, url } = await startGateway(t, {
    sales: [sale],
    inventory: () => ({ status: 200, body: { results: [{ kind: 'sold-out' }] } }),
  })
  const path = `/v1/sales/${sale.id}/orders`
  const token = buyerToken()
  const body = JSON.stringify({ quantity: 1 })
  for (const type of [
    'text/plain',
    'application/xml',
    'multipart/form-data; boundary=x',
    'nonsense',
  ]) {
    const answer = await call('POST', path, { token, body, headers: { 'content-type': type } })
    assert.equal(outcome(answer), '415 unsupported-media-type', type)
  }
  const noType = await call('POST', path, { token, body: Buffer.from(body) })
  assert.equal(outcome(noType), '415 unsupported-media-type')
  const utf8 = { 'content-type': 'application/json; charset=utf-8' }
  assert.equal(outcome(await call('POST', path, { token, body, headers: utf8 })), '409 sold-out')

  const padded = (bytes: number) => body + ' '.repeat(bytes - body.length)
  const exact = await call('POST', path, { token, headers: json, body: padded(LIMIT_BYTES) })
  assert.equal(outcome(exact), '409 sold-out')
  const over = await call('POST', path, { token, headers: json, body: padded(LIMIT_BYTES + 1) })
  assert.equal(outcome(over), '413 payload-too-large')
  const inPieces = await fetch(url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, ...json },
    body: new Blob([padded(LIMIT_BYTES + 1)]).stream(),
    duplex: 'half',
  })
  assert.equal(inPieces.status, 413)
})

test('a sale id that cannot be one is 404 sale-not-found, and inventory is not asked about it', async (t) => {
  const { call, peers } = await startGateway(t, { sales: [aSale()] })
  const polls = () => peers.inventory.asked.length
  const token = buyerToken()
  const before = polls()
  for (const id of ['x', '%zz', '%ff', '1', 'a'.repeat(2000), "'; drop table", '%00']) {
    const path = `/v1/sales/${encodeURIComponent(id).replaceAll('%25', '%')}/orders`
    const answer = await call('POST', path, { token, body: { quantity: 1 } })
    assert.equal(outcome(answer), '404 sale-not-found', id)
    assert.equal(
      outcome(await call('POST', path, { body: { quantity: 1 } })),
      '401 unauthenticated',
    )
  }
  assert.ok(polls() - before <= 3, 'only the poll of every 250 ms')
})

test('over the rate 429 says when to come again; what is refused before it costs nothing', async (t) => {
  const sale = aSale()
  const { call } = await startGateway(t, {
    sales: [sale],
    inventory: () => ({ status: 200, body: { results: [{ kind: 'sold-out' }] } }),
    limits: { buyer: { burst: 3, perSecond: 2 } },
  })
  const path = `/v1/sales/${sale.id}/orders`
  const token = buyerToken()
  for (let i = 0; i < 5; i++) await call('POST', path, { token, body: { quantity: 0 } })
  const answers = []
  for (let i = 0; i < 4; i++)
    answers.push(await call('POST', path, { token, body: { quantity: 1 } }))
  const outcomes = answers.map(outcome)
  assert.deepEqual(outcomes, [...Array(3).fill('409 sold-out'), '429 rate-limited'])
  const [first, , , last] = answers
  assert.equal(first?.headers.get('ratelimit-policy'), '"buyer";q=3;w=2')
  assert.equal(first?.headers.get('ratelimit'), '"buyer";r=2;t=1')
  assert.match(last?.headers.get('ratelimit') ?? '', /^"buyer";r=0;t=\d+$/)
  assert.equal(last?.headers.get('retry-after'), '1')

  const other = await call('POST', path, { token: buyerToken(), body: { quantity: 1 } })
  assert.equal(outcome(other), '409 sold-out') // a bucket each
  for (let i = 0; i < 10; i++) {
    assert.equal(outcome(await call('GET', '/v1/orders/x', { token })), '404 order-not-found')
  }
})

test('a token that does not hold is 401, whoever it names', async (t) => {
  const sale = aSale()
  const { call } = await startGateway(t, { sales: [sale] })
  const nowS = Math.floor(Date.now() / 1000)
  const bad = {
    'another secret': sign({ sub: 'ann' }, { secret: 'x'.repeat(40) }),
    'no signature': sign({ sub: 'ann' }, { alg: 'none' }),
    'another algorithm': sign({ sub: 'ann' }, { alg: 'HS512' }),
    expired: sign({ sub: 'ann', exp: nowS - 1 }),
    'not yet valid': sign({ sub: 'ann', nbf: nowS + 60 }),
    'no sub': sign({}),
    'empty sub': sign({ sub: '' }),
    'long sub': sign({ sub: 'a'.repeat(129) }),
    'numeric sub': sign({ sub: 7 }),
    'NUL in sub': sign({ sub: 'a\0b' }),
    garbage: 'a.b.c',
  }
  const paths = [
    ['POST', `/v1/sales/${sale.id}/orders`],
    ['GET', '/v1/orders/x'],
    ['GET', '/v1/orders'],
    ['POST', '/v1/orders/x/payment'],
    ['POST', '/v1/orders/x/cancel'],
    ['GET', '/v1/admin/sales'],
  ] as const
  for (const [why, token] of Object.entries(bad)) {
    for (const [method, path] of paths) {
      const answer = await call(method, path, { token })
      assert.equal(outcome(answer), '401 unauthenticated', `${why}: ${path}`)
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer')
    }
  }
  const basic = { authorization: 'Basic YTpi' }
  assert.equal(
    outcome(await call('GET', '/v1/orders/x', { headers: basic })),
    '401 unauthenticated',
  )
  const good = sign({ sub: 'a'.repeat(128), exp: nowS + 60 })
  assert.equal(outcome(await call('GET', '/v1/orders/x', { token: good })), '404 order-not-found')
})
