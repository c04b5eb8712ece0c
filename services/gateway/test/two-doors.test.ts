import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { AttemptResult } from '@flashsale/contracts/http/inventory.ts'
import { configuredKeys, createKeyRing, type KeyRing } from '../src/tokens/key-ring.ts'
import {
  aSale,
  buyerToken,
  type Call,
  JWT_SECRET,
  newOrderId,
  outcome,
  sign,
  startGateway,
} from './gateway.ts'
import { token } from './tokens.ts'

const pathOf = ({ id }: { id: string }) => `/v1/sales/${id}/orders`
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
  const routed = countRouted(t)
  const shown = ({ status, headers, text }: Awaited<ReturnType<typeof call>>) => {
    const told = [...headers].filter(([name]) => name !== 'date').sort()
    return { status, told, text }
  }
  for (const [what, path, wanted, status] of table) {
    const [inFront, behind] = [buyerToken(), buyerToken()]
    const before = routed()
    const one = await call('POST', path, { ...wanted, token: inFront })
    assert.equal(one.status, status, what)
    assert.equal(routed(), before, `${what} went to the router`)
    const other = await call('POST', `${path}?behind`, { ...wanted, token: behind })
    const isHandled = ![400, 413, 415].includes(status) || what === 'too many'
    assert.equal(routed() - before, isHandled ? 1 : 0, `${what} behind the router`)
    assert.deepEqual(shown(one), shown(other), what)
  }
  for (const bad of ['bad', '', sign({ sub: 'ann', exp: 1 }), sign({ sub: 'a' }, BAD)]) {
    const one = await call('POST', here, { ...good, token: bad })
    assert.equal(one.status, 401)
    assert.deepEqual(
      shown(one),
      shown(await call('POST', `${here}?behind`, { ...good, token: bad })),
    )
  }
})
const CHARSET = { 'content-type': 'application/json; charset=utf-8' }
const BAD = { secret: 'x'.repeat(40) }

/** How many purchases the route's own handler was given: those in front of the router are not. */
function countRouted(t: TestContext): () => number {
  let count = 0
  const listen = (message: unknown) => {
    if ((message as { route: { url: string } }).route.url === '/v1/sales/:saleId/orders') count++
  }
  subscribe('tracing:fastify.request.handler:start', listen)
  t.after(() => void unsubscribe('tracing:fastify.request.handler:start', listen))
  return () => count
}

test('who is answered while the gateway ends is told that the connection closes', async (t) => {
  const sale = aSale()
  const orderId = newOrderId('ann')
  const asked = Promise.withResolvers<void>()
  const given = Promise.withResolvers<AttemptResult>()
  const reserve = () => {
    asked.resolve()
    return given.promise
  }
  const { call, app } = await startGateway(t, { sales: [sale], reserve })
  const answer = call('POST', pathOf(sale), { ...good, token: buyerToken('ann') })
  await asked.promise
  app.lifecycle.draining = true
  given.resolve({ kind: 'repeated', orderId })
  const { status, headers } = await answer
  assert.deepEqual([status, headers.get('connection')], [202, 'close'])
})

test('the limit counts a buyer once, through whichever door the requests come', async (t) => {
  const sale = aSale()
  const inventory = () => ({ status: 200, body: { results: [{ kind: 'sold-out' }] } })
  const limits = { buyer: { burst: 3, perSecond: 0.001 } }
  const { call } = await startGateway(t, { sales: [sale], inventory, limits })
  const ann = buyerToken()
  const outcomes = []
  for (const more of ['', '?behind', '', '?behind', '']) {
    outcomes.push(outcome(await call('POST', pathOf(sale) + more, { ...good, token: ann })))
  }
  const limited = Array(2).fill('429 rate-limited')
  assert.deepEqual(outcomes, [...Array(3).fill('409 sold-out'), ...limited])
})

test('one that breaks is a 500 of its own, and its neighbours have their answers', async (t) => {
  const sale = aSale()
  const ring = createKeyRing(configuredKeys({ secret: JWT_SECRET, publicKeys: [], wanted: {} }))
  const keys: KeyRing = {
    ...ring,
    find(said) {
      if (said.kid === 'broken') throw new Error('a key ring that breaks')
      return ring.find(said)
    },
  }
  const inventory = () => ({ status: 200, body: { results: [{ kind: 'sold-out' }] } })
  const { call } = await startGateway(t, { sales: [sale], inventory, tokens: { keys } })
  const bad = token(JWT_SECRET, { alg: 'HS256', kid: 'broken' }, { sub: 'ann' })
  const tokens = [buyerToken(), bad, buyerToken(), bad, buyerToken()]
  const ask = (one: string) => call('POST', pathOf(sale), { ...good, token: one })
  const outcomes = (await Promise.all(tokens.map(ask))).map(outcome)
  const [fine, not] = ['409 sold-out', '500 internal']
  assert.deepEqual(outcomes, [fine, not, fine, not, fine])
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
