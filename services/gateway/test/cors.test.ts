import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operationsOf, pathWith, readDocument } from './api-document.ts'
import { aSale, buyerToken, outcome, startGateway } from './gateway.ts'

const shop = 'https://shop.example.com'
const stranger = 'https://evil.example.net'
const origins = [shop, 'http://localhost:5173']
const asking = (origin: string, method = 'POST') => ({
  origin,
  'access-control-request-method': method,
  'access-control-request-headers': 'authorization,content-type,idempotency-key',
})
const named = (headers: Headers) => [...headers].filter(([name]) => name.startsWith('access-'))

test('no page of another origin may ask until one is named', async (t) => {
  const { call } = await startGateway(t, { sales: [aSale()] })
  for (const path of ['/v1/sales', '/v1/orders', '/nothing']) {
    const preflight = await call('OPTIONS', path, { headers: asking(shop, 'GET') })
    assert.equal(outcome(preflight), '404 not-found')
    const answer = await call('GET', path, { headers: { origin: shop } })
    assert.deepEqual([...named(preflight.headers), ...named(answer.headers)], [])
  }
})

test('a page that is named may ask on every route, without credentials of the browser', async (t) => {
  const { call } = await startGateway(t, { pages: { origins } })
  const allowed = { methods: new Set<string>(), headers: new Set<string>() }
  for (const { path, method } of operationsOf(await readDocument(t))) {
    const wanted = method.toUpperCase()
    const preflight = await call('OPTIONS', pathWith(path), { headers: asking(shop, wanted) })
    assert.equal(preflight.status, 204, path)
    assert.equal(preflight.text, '')
    const { headers } = preflight
    assert.equal(headers.get('access-control-allow-origin'), shop)
    assert.equal(headers.get('vary'), 'origin')
    assert.equal(headers.get('access-control-max-age'), '7200')
    assert.equal(headers.get('access-control-allow-credentials'), null)
    allowed.methods = new Set(headers.get('access-control-allow-methods')?.split(', '))
    allowed.headers = new Set(headers.get('access-control-allow-headers')?.split(', '))
    assert.ok(allowed.methods.has(wanted), wanted)

    const answer = await call(wanted, pathWith(path), { headers: { origin: shop } })
    assert.equal(answer.headers.get('access-control-allow-origin'), shop, path)
    assert.equal(answer.headers.get('vary'), 'origin', path)
    assert.equal(answer.headers.get('access-control-allow-credentials'), null)
  }
  assert.deepEqual([...allowed.methods].sort(), ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT'])
  const sendable = ['authorization', 'content-type', 'idempotency-key', 'if-none-match']
  assert.deepEqual([...allowed.headers].sort(), [...sendable, 'traceparent'])
})

test('a page that is not named learns nothing, and what is kept for one is no answer to another', async (t) => {
  const sale = aSale()
  const { call } = await startGateway(t, { sales: [sale], pages: { origins } })
  const others = [
    stranger,
    'null',
    `${shop}.evil.net`,
    `${shop}:8443`,
    'http://shop.example.com',
    `${shop}, ${stranger}`,
    shop.toUpperCase(),
  ]
  for (const origin of others) {
    const preflight = await call('OPTIONS', '/v1/sales', { headers: asking(origin, 'GET') })
    assert.equal(outcome(preflight), '404 not-found', origin)
    const answer = await call('GET', '/v1/sales', { headers: { origin } })
    assert.deepEqual([...named(preflight.headers), ...named(answer.headers)], [], origin)
    assert.equal(answer.headers.get('vary'), 'origin', origin)
  }
  const first = await call('GET', `/v1/sales/${sale.id}`, { headers: { origin: shop } })
  const again = { origin: shop, 'if-none-match': first.headers.get('etag') ?? '' }
  const kept = await call('GET', `/v1/sales/${sale.id}`, { headers: again })
  assert.equal(kept.status, 304)
  assert.equal(kept.headers.get('vary'), 'origin')
  assert.equal(kept.headers.get('access-control-allow-origin'), shop)
})

test('answers in front of the router tell the page what it may know', async (t) => {
  const sale = aSale()
  const soldOut = aSale({ free: 0 })
  const reserve = async () => ({ kind: 'sold-out' }) as const
  const { call } = await startGateway(t, { sales: [sale, soldOut], reserve, pages: { origins } })
  const buying = (saleId: string, origin: string, token?: string) =>
    call('POST', `/v1/sales/${saleId}/orders`, {
      body: { quantity: 1 },
      headers: { origin },
      ...(token !== undefined && { token }),
    })
  for (const answer of [
    await buying(soldOut.id, shop),
    await buying(sale.id, shop),
    await buying(sale.id, shop, buyerToken()),
  ]) {
    assert.equal(answer.headers.get('access-control-allow-origin'), shop, answer.text)
    assert.equal(answer.headers.get('vary'), 'origin')
    const exposed = answer.headers.get('access-control-expose-headers')?.split(', ')
    for (const name of ['retry-after', 'ratelimit', 'ratelimit-policy', 'idempotency-replayed']) {
      assert.ok(exposed?.includes(name), name)
    }
  }
  const unknown = await buying(soldOut.id, stranger)
  assert.deepEqual(named(unknown.headers), [])
  assert.equal(unknown.headers.get('vary'), 'origin')
})

test('an OPTIONS that is no preflight is no call of ours', async (t) => {
  const { call } = await startGateway(t, { pages: { origins } })
  for (const headers of [{}, { origin: shop }, { 'access-control-request-method': 'GET' }]) {
    assert.equal(outcome(await call('OPTIONS', '/v1/sales', { headers })), '404 not-found')
  }
})
