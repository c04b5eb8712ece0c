import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { operationsOf, pathWith, readDocument } from './api-document.ts'
import { adminToken, aSale, buyerToken, orderIds, startGateway } from './gateway.ts'
import { dial, head } from './raw-client.ts'

const always = { 'x-content-type-options': 'nosniff' }
const ofPages = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
}
const told = ['server', 'x-powered-by', 'via']
const cacheable = ['/v1/sales', '/v1/sales/{saleId}']
const sent = { method: 'POST', path: '/v1/sales/{saleId}/orders' }

type Headers = { get(name: string): string | null }
/** `short`: to a crowd, what is no page says nothing of pages. */
function assertGuarded(headers: Headers, what: string, cacheControl = 'no-store', short = false) {
  for (const [name, value] of Object.entries({ ...always, ...ofPages })) {
    const wanted = short && name in ofPages ? null : value
    assert.equal(headers.get(name), wanted, `${name} of ${what}`)
  }
  assert.equal(headers.get('cache-control'), cacheControl, what)
  for (const name of told) assert.equal(headers.get(name), null, what)
}

test('every route of the document answers everybody with the headers of data', async (t) => {
  const sale = aSale()
  const reserve = async () => ({ kind: 'sold-out' }) as const
  const { call } = await startGateway(t, { sales: [sale], reserve })
  const operations = operationsOf(await readDocument(t))
  assert.ok(operations.length > 20)
  for (const { path, method } of operations) {
    for (const token of [undefined, buyerToken(), adminToken()]) {
      const answer = await call(method.toUpperCase(), pathWith(path, { saleId: sale.id }), {
        ...(token !== undefined && { token }),
        ...(method !== 'get' && { body: {} }), // odd for a purchase: with a token the router answers
      })
      const isKept = cacheable.includes(path) && answer.status === 200
      const cacheControl = isKept ? 'public, max-age=1' : 'no-store'
      const isShort = path === sent.path // on either side of the router
      const what = `${answer.status} ${method} ${path}`
      assertGuarded(answer.headers, what, cacheControl, isShort)
    }
  }
})

test('so do answers in front of the router: taken, refused, and paths that are none', async (t) => {
  const sale = aSale()
  const soldOut = aSale({ free: 0 })
  const reserve = async () => ({ kind: 'held', orderId: orderIds.next('ann' as never, 1) }) as const
  const { call } = await startGateway(t, { sales: [sale, soldOut], reserve })
  const pathOf = (saleId: string) => pathWith(sent.path, { saleId })
  const body = { quantity: 1 }
  const cases = [
    [202, await call('POST', pathOf(sale.id), { token: buyerToken(), body }), true],
    [401, await call('POST', pathOf(sale.id), { body }), true],
    [409, await call('POST', pathOf(soldOut.id), { token: buyerToken(), body }), true],
    [400, await call('POST', pathOf(sale.id), { token: buyerToken(), body: {} }), true],
    [404, await call('GET', '/no/such/thing')],
    [404, await call('GET', '/%zz')],
    [404, await call('OPTIONS', pathOf(sale.id))],
    [200, await call('GET', '/openapi.json')],
    [200, await call('GET', '/healthz')],
    [200, await call('GET', '/readyz')],
    [200, await call('GET', '/metrics')],
    [404, await call('GET', `/v1/orders/${randomUUID()}`, { token: buyerToken() })],
  ] as [number, Awaited<ReturnType<typeof call>>, boolean?][]
  for (const [status, answer, isShort = false] of cases) {
    assert.equal(answer.status, status)
    const what = `${status} ${answer.text.slice(0, 60)}`
    assertGuarded(answer.headers, what, 'no-store', isShort)
    assert.equal(answer.headers.get('vary'), null, 'no page may ask: nothing varies')
    assert.equal(answer.headers.get('access-control-allow-origin'), null)
  }
})

test('so does the last word to bytes that are no request', async (t) => {
  const connections = { headersTimeoutMs: 200, requestTimeoutMs: 400 }
  const { url } = await startGateway(t, { connections })
  const cases = [
    ['400', 'NONSENSE\r\n\r\n'],
    ['400', 'GET / HTTP/1.1\r\n\r\n'], // no Host
    ['408', 'GET / HTTP/1.1\r\nho'],
    ['431', head('GET /', { 'x-long': 'x'.repeat(20_000) })],
    ['417', head('GET /', { expect: 'a miracle' })],
    ['404', head('CONNECT door:80')],
  ] as const
  for (const [status, bytes] of cases) {
    const client = await dial(url)
    client.send(bytes)
    await client.answers(1)
    assert.deepEqual(client.statuses(), [status])
    const [top = ''] = client.received().split('\r\n\r\n')
    assertGuarded(new Headers(pairsOf(top)), `${status}: ${top}`)
    client.socket.destroy()
  }
})

test('browsers are told to come by TLS only where it is set', async (t) => {
  const name = 'strict-transport-security'
  const plain = await startGateway(t)
  const behindTls = await startGateway(t, { pages: { hstsMaxAgeSeconds: 31_536_000 } })
  assert.equal((await plain.call('GET', '/v1/sales')).headers.get(name), null)
  for (const path of ['/v1/sales', '/nothing']) {
    const answer = await behindTls.call('GET', path)
    assert.equal(answer.headers.get(name), 'max-age=31536000', path)
  }
})

const pairsOf = (top: string) =>
  top
    .split('\r\n')
    .slice(1)
    .map((line): [string, string] => {
      const at = line.indexOf(':')
      return [line.slice(0, at), line.slice(at + 1).trim()]
    })
