import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testRedis } from '@flashsale/test-kit/redis.ts'
import type { Limits } from '../src/domain/limits.ts'
import { startConfigPeer } from './config-parts.ts'
import { adminToken, aSale, buyerToken, outcome, startGateway } from './gateway.ts'
import { startBoard, unlimited } from './limit-parts.ts'

const json = { 'content-type': 'application/json' }
const token = adminToken()
const slow = (burst: number) => ({ burst, perSecond: 0.001 })

async function startLimited(t: Parameters<typeof startGateway>[0], limits: Partial<Limits>) {
  const sale = aSale()
  const place = { server: testRedis(t), inventory: await startConfigPeer(t) }
  const limitBoard = await startBoard(t, place, 'one', { ...unlimited, ...limits })
  const inventory = () => ({ status: 200, body: { results: [{ kind: 'sold-out' }] } })
  const { call } = await startGateway(t, { sales: [sale], limitBoard, inventory })
  const path = `/v1/sales/${sale.id}/orders`
  const buy = (sub: string, address?: string) => {
    const headers = address === undefined ? {} : { 'x-forwarded-for': address }
    return call('POST', path, { token: buyerToken(sub), body: { quantity: 1 }, headers })
  }
  const put = (body: unknown) => call('PUT', '/v1/admin/limits', { token, body })
  const get = () => call('GET', '/v1/admin/limits', { token })
  return { keeper: place.inventory, buy, put, get, call }
}

test('an operator reads the limits, sets one, and it holds at once', async (t) => {
  const { buy, put, get } = await startLimited(t, { buyer: { burst: 20, perSecond: 10 } })
  const before = await get()
  assert.deepEqual(before.body, {
    buyer: { burst: 20, perSecond: 10 },
    address: null,
    gateway: null,
  })
  assert.equal(outcome(await put(before.body)), '200') // what was read can be put back

  const changed = await put({ buyer: slow(2) })
  assert.deepEqual(changed.body, { buyer: slow(2), address: null, gateway: null })
  assert.deepEqual((await get()).body, changed.body)
  const answers = []
  for (let i = 0; i < 3; i++) answers.push(await buy('ann'))
  assert.deepEqual(answers.map(outcome), ['409 sold-out', '409 sold-out', '429 rate-limited'])
  assert.equal(answers[0]?.headers.get('ratelimit-policy'), '"buyer";q=2;w=2000')
})

test('all buyers of one address, and of the whole gateway, are limited together', async (t) => {
  const { buy, put } = await startLimited(t, { buyer: slow(50) })
  await put({ address: slow(3) })
  for (const name of ['ann', 'ben', 'cid']) assert.equal(outcome(await buy(name)), '409 sold-out')
  const ofAddress = await buy('dan')
  assert.equal(outcome(ofAddress), '429 rate-limited')
  assert.match(ofAddress.headers.get('ratelimit') ?? '', /^"address";r=0;t=\d+$/)
  assert.equal(
    ofAddress.headers.get('ratelimit-policy'),
    '"buyer";q=50;w=50000, "address";q=3;w=3000',
  )
  await put({ address: null, gateway: slow(2) })
  assert.deepEqual(
    [outcome(await buy('ann')), outcome(await buy('ben'))],
    Array(2).fill('409 sold-out'),
  )
  const ofGateway = await buy('cid')
  assert.equal(outcome(ofGateway), '429 rate-limited')
  assert.match(ofGateway.headers.get('ratelimit') ?? '', /^"gateway";r=0;t=\d+$/)
  assert.match(ofGateway.headers.get('retry-after') ?? '', /^\d+$/)
})

test('limits that can’t be ones are 400, and change nothing', async (t) => {
  const { put, get, call } = await startLimited(t, { buyer: slow(5) })
  const before = (await get()).body
  const bucket = { burst: 5, perSecond: 1 }
  const bodies: unknown[] = [
    {},
    [],
    null,
    { buyer: {} },
    { buyer: { burst: 5 } },
    { buyer: { perSecond: 5 } },
    { buyer: { ...bucket, burst: 0 } },
    { buyer: { ...bucket, burst: -1 } },
    { buyer: { ...bucket, burst: 1.5 } },
    { buyer: { ...bucket, burst: '5' } },
    { buyer: { ...bucket, burst: 1e12 } },
    { buyer: { ...bucket, perSecond: 0 } },
    { buyer: { ...bucket, perSecond: null } },
    { buyer: { ...bucket, more: 1 } },
    { buyer: false },
    { buyers: bucket },
    { buyer: bucket, gateway: { burst: 0, perSecond: 0 } },
  ]
  for (const body of bodies) {
    const answer = await call('PUT', '/v1/admin/limits', {
      token,
      headers: json,
      body: JSON.stringify(body),
    })
    assert.equal(outcome(answer), '400 invalid-request', JSON.stringify(body))
  }
  const text = await call('PUT', '/v1/admin/limits', { token, body: 'x' })
  assert.equal(outcome(text), '415 unsupported-media-type')
  assert.deepEqual((await get()).body, before)
  assert.equal(outcome(await put({ buyer: bucket })), '200')
})

test('with inventory away limits hold as they were, and a change is 503', async (t) => {
  const { keeper, buy, put, get } = await startLimited(t, { buyer: slow(5) })
  await put({ buyer: slow(1) })
  keeper.goAway()
  assert.equal(outcome(await put({ buyer: slow(9) })), '503 try-later')
  assert.deepEqual((await get()).body.buyer, slow(1))
  assert.equal(outcome(await buy('ann')), '409 sold-out')
  assert.equal(outcome(await buy('ann')), '429 rate-limited')
})

test('an address is the caller’s own; a forwarded one counts only from a proxy that is trusted', async (t) => {
  const sale = aSale()
  const inventory = () => ({ status: 200, body: { results: [{ kind: 'sold-out' }] } })
  const common = { sales: [sale], inventory, limits: { address: slow(1) } }
  const start = async (trustedProxies: string[]) => {
    const { call } = await startGateway(t, { ...common, trustedProxies })
    return async (forwarded: string) => {
      const headers = { 'x-forwarded-for': forwarded }
      const token = buyerToken()
      const path = `/v1/sales/${sale.id}/orders`
      return outcome(await call('POST', path, { token, headers, body: { quantity: 1 } }))
    }
  }
  const untrusting = await start([])
  assert.equal(await untrusting('192.0.2.1'), '409 sold-out')
  assert.equal(await untrusting('192.0.2.2'), '429 rate-limited') // both are the loopback address

  const trusting = await start(['127.0.0.0/8', '10.0.0.0/8'])
  assert.equal(await trusting('192.0.2.1'), '409 sold-out')
  assert.equal(await trusting('192.0.2.1'), '429 rate-limited')
  assert.equal(await trusting('192.0.2.2, 10.1.2.3'), '409 sold-out') // over two of our own
  assert.equal(await trusting('192.0.2.2'), '429 rate-limited')
  // What the caller wrote himself stands left of what our proxy saw.
  for (const forged of ['203.0.113.9', '127.0.0.1', '10.0.0.1', 'nonsense']) {
    assert.equal(await trusting(`${forged}, 192.0.2.2`), '429 rate-limited', forged)
  }
  assert.equal(await trusting('2001:db8:1:2::1'), '409 sold-out')
  assert.equal(await trusting('2001:DB8:1:2:ffff::2'), '429 rate-limited') // another of the same line
  assert.equal(await trusting('2001:db8:1:3::1'), '409 sold-out')
})

test('what is limited leaves no trace of a buyer in Redis', async (t) => {
  const server = testRedis(t)
  const sale = aSale()
  const place = { server, inventory: await startConfigPeer(t) }
  const limitBoard = await startBoard(t, place, 'one', { ...unlimited, buyer: slow(1) })
  const { call } = await startGateway(t, { sales: [sale], limitBoard })
  const path = `/v1/sales/${sale.id}/orders`
  const asked = { token: buyerToken('ann'), body: { quantity: 1 } }
  for (let i = 0; i < 5; i++) await call('POST', path, asked)
  const keys = await server.redis.keys(`${server.keyPrefix}*`)
  assert.deepEqual(keys, [`${server.keyPrefix}gateways:{limits}:beats`])
})
