import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { AttemptResult } from '@flashsale/contracts/http/inventory.ts'
import { aSale, buyerToken, type Call, newOrderId, outcome, sign, startGateway } from './gateway.ts'

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

const json = { 'content-type': 'application/json' }
const nobody = '0a3d1d1c-7a4b-4f0e-9a65-5d5c3f1f0001'
const good = { body: { quantity: 1 } }

test('in front of the router and behind it a purchase has the same answer, header by header', async (t) => {
  const [open, closed] = [aSale(), aSale({ phase: 'closed' })]
  const first = newOrderId('ann')
  const answers: Record<string, AttemptResult> = {
    again: { kind: 'repeated', orderId: first },
    other: { kind: 'idempotency-mismatch' },
    limit: { kind: 'limit-reached', orderIds: [first] },
    lost: { kind: 'unknown' },
    gone: { kind: 'sold-out' },
    late: { kind: 'late' },
  }
  const { call } = await startGateway(t, {
    sales: [open, closed],
    inventory: ({ body }) => {
      const { attempts } = body as { attempts: { key?: string }[] }
      const results = attempts.map(({ key = '' }) => answers[key] ?? { kind: 'sold-out' })
      return { status: 200, body: { results } }
    },
    limits: { buyer: { burst: 3, perSecond: 0.001 } },
  })
  const [here, ended] = [pathOf(open), pathOf(closed)]
  const table: [what: string, path: string, Call, status: number][] = [
    ...Object.keys(answers).map((key): [string, string, Call, number] => {
      const status = { again: 202, lost: 202, other: 422, late: 503 }[key] ?? 409
      return [key, here, { ...good, key }, status]
    }),
    ['no key', here, good, 409],
    ['a charset', here, { headers: CHARSET, body: '{"quantity":1}' }, 409],
    ['over', ended, { ...good, key: 'again' }, 202],
    ['no such sale', pathOf({ id: nobody }), good, 404],
    ['too many', here, { body: { quantity: 9 } }, 400],
    ['no body', here, {}, 400],
    ['empty body', here, { headers: json, body: '' }, 400],
    ['no JSON', here, { headers: json, body: '{' }, 400],
    ['another field', here, { body: { quantity: 1, unit: 2 } }, 400],
    ['a long key', here, { ...good, key: 'x'.repeat(65) }, 400],
    ['another type', here, { headers: { 'content-type': 'text/plain' }, body: '{}' }, 415],
    ['a large body', here, { headers: json, body: `{"quantity":1}${' '.repeat(70_000)}` }, 413],
  ]
  const shown = ({ status, headers, text }: Awaited<ReturnType<typeof call>>) => {
    const told = [...headers].filter(([name]) => name !== 'date').sort()
    return { status, told, text }
  }
  for (const [what, path, wanted, status] of table) {
    const [inFront, behind] = [buyerToken(), buyerToken()]
    const one = await call('POST', path, { ...wanted, token: inFront })
    assert.equal(one.status, status, what)
    const other = await call('POST', `${path}?behind`, { ...wanted, token: behind })
    if (what === 'lost') continue // its answer has no id, and its order one of its own
    assert.deepEqual(shown(one), shown(other), what)
  }
  for (const token of ['bad', '', sign({ sub: 'ann', exp: 1 }), sign({ sub: 'a' }, BAD)]) {
    const one = await call('POST', here, { ...good, token })
    assert.equal(one.status, 401)
    assert.deepEqual(shown(one), shown(await call('POST', `${here}?behind`, { ...good, token })))
  }
})
const CHARSET = { 'content-type': 'application/json; charset=utf-8' }
const BAD = { secret: 'x'.repeat(40) }

test('the limit counts a buyer once, through whichever door the requests come', async (t) => {
  const sale = aSale()
  const inventory = () => ({ status: 200, body: { results: [{ kind: 'sold-out' }] } })
  const limits = { buyer: { burst: 3, perSecond: 0.001 } }
  const { call } = await startGateway(t, { sales: [sale], inventory, limits })
  const token = buyerToken()
  const outcomes = []
  for (const more of ['', '?behind', '', '?behind', '']) {
    outcomes.push(outcome(await call('POST', pathOf(sale) + more, { ...good, token })))
  }
  const limited = Array(2).fill('429 rate-limited')
  assert.deepEqual(outcomes, [...Array(3).fill('409 sold-out'), ...limited])
})

test('a body that comes after its head, or in pieces, is waited for', async (t) => {
  const sale = aSale()
  const orderId = newOrderId('ann')
  const inventory = () => ({ status: 200, body: { results: [{ kind: 'repeated', orderId }] } })
  const { url } = await startGateway(t, { sales: [sale], inventory })
  const body = '{"quantity":1}'
  const head =
    `POST ${pathOf(sale)} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${buyerToken('ann')}\r\n` +
    `content-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`
  for (const pieces of [
    [head, body],
    [head + body.slice(0, 5), body.slice(5)],
  ]) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.setNoDelay(true)
    let received = ''
    socket.on('data', (data) => {
      received += data
    })
    socket.write(pieces[0] ?? '')
    await untilTaken()
    socket.write(pieces[1] ?? '')
    await once(socket, 'close')
    assert.match(received, /^HTTP\/1\.1 202 /)
  }
})
/** The gateway had turns of its event loop, which is this process' own, to read what was sent. */
const untilTaken = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
}
