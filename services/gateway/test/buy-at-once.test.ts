import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { aSale, buyerToken, outcome, startGateway } from './gateway.ts'

const past = new Date(Date.now() - 1_000).toISOString()
const future = new Date(Date.now() + 60_000).toISOString()
const soldOut = () => aSale({ free: 0 })
const pathOf = ({ id }: { id: string }) => `/v1/sales/${id}/orders`

test('without a key a sale that gives nothing says so before token and body are read', async (t) => {
  const table = [
    [soldOut(), '409 sold-out'],
    [aSale({ opensAt: future }), '409 sale-not-open'],
    [aSale({ phase: 'draft' }), '409 sale-not-open'],
    [aSale({ phase: 'closed' }), '409 sale-not-open'],
    [aSale({ closesAt: past, free: 0 }), '409 sale-not-open'],
  ] as const
  const { call } = await startGateway(t, { sales: table.map(([sale]) => sale) })
  for (const [sale, expected] of table) {
    const path = pathOf(sale)
    assert.equal(outcome(await call('POST', path)), expected)
    assert.equal(outcome(await call('POST', path, { token: 'bad', body: '{' })), expected)
    assert.equal(outcome(await call('POST', path, { body: { quantity: 1 }, key: 'k' })), UNKNOWN)
  }
})
const UNKNOWN = '401 unauthenticated'

test('it is the same answer as behind the token, header by header', async (t) => {
  const [out, soon] = [soldOut(), aSale({ opensAt: future })]
  const { call } = await startGateway(t, { sales: [out, soon] })
  for (const sale of [out, soon]) {
    const first = await call('POST', pathOf(sale))
    const behind = await call('POST', `${pathOf(sale)}?looked=at`, {
      token: buyerToken(),
      body: { quantity: 1 },
    })
    assert.deepEqual([first.status, first.text], [behind.status, behind.text])
    const shown = ({ headers }: typeof first) =>
      [...headers].filter(([name]) => name !== 'date' && !name.startsWith('ratelimit'))
    assert.deepEqual(shown(first), shown(behind))
  }
})

test('every other reason to refuse keeps its place in the order', async (t) => {
  const out = soldOut()
  const others = [aSale(), aSale({ phase: 'paused' }), aSale({ free: null }), aSale({ free: 1 })]
  const { call } = await startGateway(t, { sales: [out, ...others] })
  for (const sale of others) assert.equal(outcome(await call('POST', pathOf(sale))), UNKNOWN)
  const here = pathOf(out)
  const elsewhere = [`${here}?x`, `${here}/`, here.toUpperCase(), pathOf(aSale())]
  for (const path of elsewhere) assert.notEqual(outcome(await call('POST', path)), '409 sold-out')
  assert.equal((await call('GET', here)).status, 404)
  assert.equal(outcome(await call('POST', here, { key: 'k' })), UNKNOWN)
  const headers = { 'IDEMPOTENCY-KEY': 'k' }
  assert.equal(outcome(await call('POST', here, { headers })), UNKNOWN)

  const token = buyerToken()
  const tooLarge = { token, body: ' '.repeat(64 * 1024 + 1) }
  assert.equal(outcome(await call('POST', here, tooLarge)), '413 payload-too-large')
})

test('without Redis’ time nothing is refused as not open', async (t) => {
  const { board, call, sale } = await withoutTime(t)
  assert.equal(board.redisNowMs(), undefined)
  assert.equal(outcome(await call('POST', pathOf(sale))), UNKNOWN)
})
async function withoutTime(t: TestContext) {
  const { startPeer } = await import('./peers.ts')
  const sale = aSale({ opensAt: future })
  const body = { redisTimeMs: null, sales: [sale] }
  const peer = await startPeer(t, () => ({ status: 200, body }))
  return { ...(await startGateway(t, { inventoryUrl: peer.url })), sale }
}

test('answers of one connection keep the order of its requests, whoever gives them', async (t) => {
  const out = soldOut()
  const { url } = await startGateway(t, { sales: [out] })
  const request = (method: string, path: string, more = '') =>
    `${method} ${path} HTTP/1.1\r\nhost: x\r\n${more}\r\n`
  const body = '{"quantity":1}'
  const withBody = `content-type: application/json\r\ncontent-length: ${body.length}\r\n`
  const lines = [
    request('POST', pathOf(out), withBody) + body,
    request('GET', '/healthz'),
    request('POST', pathOf(out)),
    request('POST', pathOf(out), 'idempotency-key: k\r\n'),
    request('POST', pathOf(out), withBody) + body,
    request('GET', '/nothing', 'connection: close\r\n'),
  ]
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let received = ''
  socket.on('data', (data) => {
    received += data
  })
  socket.write(lines.join(''))
  await once(socket, 'close')
  const statuses = [...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
  assert.deepEqual(statuses, ['409', '200', '409', '401', '409', '404'])
})

test('they are counted, and a gateway that ends answers them too, and closes the connection', async (t) => {
  const out = soldOut()
  const { call, app } = await startGateway(t, { sales: [out] })
  const count = async () => {
    const { text } = await call('GET', '/metrics')
    const line = /^gateway_attempts_total\{outcome="sold-out",asked="no"\} (\d+)$/m.exec(text)
    return Number(line?.[1] ?? 0)
  }
  const before = await count()
  await Promise.all(Array.from({ length: 50 }, () => call('POST', pathOf(out))))
  assert.equal((await count()) - before, 50)
  app.lifecycle.draining = true
  const last = await call('POST', pathOf(out), { token: buyerToken(), body: { quantity: 1 } })
  assert.equal(outcome(last), '409 sold-out')
  assert.equal(last.headers.get('connection'), 'close')
})
