import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noCanary } from '@flashsale/contracts/http/canary.ts'
import { unreachable } from '../src/clients/peer.ts'
import { aRule, heldRules, startBoard } from './canary-parts.ts'
import { startConfigPeer } from './config-parts.ts'
import { adminToken, buyerToken, outcome, startGateway } from './gateway.ts'
import { startPeer } from './peers.ts'

test('operators read and set the split; a rule that is none is refused, and so is a roll-back of their own', async (t) => {
  const keeper = await startConfigPeer(t)
  const board = await startBoard(t, keeper.url)
  const peer = await startPeer(t, () => ({ status: 200, body: { orders: [] } }))
  const canary = { rules: board, urls: { order: peer.url }, board }
  const { call } = await startGateway(t, { canary })
  const token = adminToken()
  const read = async () => (await call('GET', '/v1/admin/canary', { token })).body
  const put = (body: unknown) => call('PUT', '/v1/admin/canary', { token, body })

  const unseen = { calls: 0, errors: 0, p99Ms: 0 }
  const seen = { stable: unseen, canary: unseen }
  const none = { rule: null, seen: null }
  assert.deepEqual(await read(), { inventory: none, order: { rule: null, seen }, payment: none })

  const order = aRule({ weightPercent: 100, rollBack: { ...aRule().rollBack, p99MsMax: 200 } })
  const wanted = { release: '0.2.0', weightPercent: 100, rollBack: { p99MsMax: 200 } }
  const set = await put({ order: wanted })
  assert.equal(outcome(set), '200', set.text)
  assert.deepEqual(set.body.order, { rule: order, seen })
  await call('GET', '/v1/orders', { token: buyerToken('ann') })
  const { calls, errors } = (await read()).order.seen.canary
  assert.deepEqual([calls, errors], [1, 0])

  const bad = [
    {},
    { order: {} },
    { order: { release: 'a', weightPercent: -1 } },
    { order: { release: 'a', more: 1 } },
    { order: { release: 'a', rolledBack: { cause: 'errors' } } },
    { gateway: { release: 'a' } },
  ]
  for (const body of bad) {
    assert.equal(outcome(await put(body)), '400 invalid-request', JSON.stringify(body))
  }
  const many = Array.from({ length: 1_000 }, (_, i) => `${i}`.padStart(40, 'a'))
  const large = await put({ order: { release: 'a', cohort: many } })
  assert.deepEqual(
    [outcome(large), large.body.errors],
    ['400 invalid-request', [{ at: 'document', message: 'is over 32768 bytes' }]],
  )
  assert.equal(outcome(await put({ order: null })), '200')
  assert.deepEqual(await board.read(), noCanary)
})

test('the split is for operators alone, and can not be set while inventory is away', async (t) => {
  const { source } = heldRules({})
  const board = { read: async () => noCanary, change: async () => unreachable }
  const { call } = await startGateway(t, { canary: { rules: source, urls: {}, board } })
  const body = { order: null }
  const as = (token?: string) => call('PUT', '/v1/admin/canary', { body, ...(token && { token }) })
  assert.equal(outcome(await as()), '401 unauthenticated')
  assert.equal(outcome(await as(buyerToken())), '403 forbidden')
  assert.equal(outcome(await as(adminToken())), '503 try-later')
  assert.equal(outcome(await call('GET', '/v1/admin/canary', { token: adminToken() })), '200')
})
