import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { adminToken, aSale, buyerToken, newOrderId, outcome, startGateway } from './gateway.ts'

const json = { 'content-type': 'application/json' }

test('under /v1/admin, who you are comes before all else', async (t) => {
  const { call, peers } = await startGateway(t)
  const sale = `/v1/admin/sales/${randomUUID()}`
  const calls = [
    ['POST', '/v1/admin/sales', '{'],
    ['POST', '/v1/admin/sales', ' '.repeat(70_000)],
    ['POST', `${sale}/pause`, undefined],
    ['POST', `${sale}/resume`, undefined],
    ['POST', `${sale}/close`, undefined],
    ['POST', `${sale}/withdraw`, '{}'],
    ['POST', `${sale}/restock`, 'x'],
    ['GET', `${sale}/audit`, undefined],
    ['GET', '/v1/admin/sales/x/audit', undefined],
    ['GET', '/v1/admin/sales/%zz/audit', undefined],
    ['GET', '/v1/admin/sales?limit=x', undefined],
    ['GET', '/v1/admin/orders?state=x', undefined],
    ['GET', '/v1/admin/limits', undefined],
    ['PUT', '/v1/admin/limits', '{'],
    ['PUT', '/v1/admin/banned-buyers/ann', undefined],
    ['DELETE', '/v1/admin/banned-buyers/%zz', undefined],
    ['PUT', '/v1/admin/withdrawn-tokens', '{'],
    ['DELETE', '/v1/admin/sales', undefined],
    ['POST', '/v1/admin/no/such/thing', '{'],
    ['GET', '/v1/admin', undefined],
    ['GET', '/v1/admin/', undefined],
  ] as const
  for (const [method, path, body] of calls) {
    const wanted = { ...(body !== undefined && { body, headers: json }) }
    const none = await call(method, path, wanted)
    assert.equal(outcome(none), '401 unauthenticated', `${method} ${path}`)
    const buyer = await call(method, path, { ...wanted, token: buyerToken() })
    assert.equal(outcome(buyer), '403 forbidden', `${method} ${path}`)
  }
  assert.ok(peers.inventory.asked.every(({ path }) => path.startsWith('/internal/sales')))
})

test('what is not there, or comes with later work, is 404 to an operator', async (t) => {
  const { call } = await startGateway(t)
  const token = adminToken()
  for (const [method, path] of [
    ['GET', '/v1/admin'],
    ['GET', '/v1/admin/no/such/thing'],
    ['DELETE', '/v1/admin/limits'],
    ['DELETE', '/v1/admin/sales'],
  ] as const) {
    const answer = await call(method, path, { token, headers: json })
    assert.equal(outcome(answer), '404 not-found', path)
  }
})

test('later calls for buyers are 404, with any body', async (t) => {
  const { call } = await startGateway(t, { sales: [aSale()] })
  const id = randomUUID()
  const token = buyerToken()
  for (const [method, path] of [
    ['GET', `/v1/sales/${id}/gate`],
    ['POST', `/v1/sales/${id}/pass`],
    ['POST', `/v1/sales/${id}/queue`],
    ['GET', `/v1/sales/${id}/queue`],
    ['GET', `/v1/orders/${newOrderId('ann')}/events`],
    ['GET', '/'],
    ['POST', '/nothing'],
  ] as const) {
    const bodies = method === 'GET' ? [undefined] : [undefined, '', '{', '{}', 'x']
    for (const body of bodies) {
      for (const headers of [json, { 'content-type': 'text/plain' }]) {
        const answer = await call(method, path, { token, headers, ...(body && { body }) })
        assert.equal(outcome(answer), '404 not-found', `${method} ${path} ${body}`)
      }
    }
  }
})
