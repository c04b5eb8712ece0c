import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { adminToken, aSale, codeOf, outcome, startGateway } from './gateway.ts'
import { refusal, type Told } from './peers.ts'

const json = { 'content-type': 'application/json' }
const ok = (body: unknown): Told => ({ status: 200, body })

test('a sale is paused, resumed and closed with an empty body of any kind', async (t) => {
  const sale = aSale()
  const phases = { pause: 'paused', resume: 'ready', close: 'closed' } as const
  const states = { pause: 'paused', resume: 'open', close: 'closed' }
  const { call, peers } = await startGateway(t, {
    sales: [sale],
    inventory: ({ path }) => {
      sale.phase = phases[path.split('/').at(-1) as keyof typeof phases]
      return ok(sale)
    },
  })
  for (const change of ['pause', 'resume', 'close'] as const) {
    for (const wanted of [{}, { headers: json }, { body: {} }, { body: 'x', headers: json }]) {
      const path = `/v1/admin/sales/${sale.id}/${change}`
      const answer = await call('POST', path, { token: adminToken(), ...wanted })
      assert.equal(answer.status, 200)
      assert.equal(answer.body.state, states[change])
      assert.equal((await call('GET', `/v1/sales/${sale.id}`)).body.state, states[change])
    }
  }
  const asked = peers.inventory.asked.filter(({ method }) => method === 'POST')
  assert.equal(asked[0]?.path, `/internal/sales/${sale.id}/pause`)
})

test('units are withdrawn and restocked', async (t) => {
  const sale = aSale()
  const { call, peers } = await startGateway(t, { sales: [sale], inventory: () => ok(sale) })
  const token = adminToken()
  for (const change of ['withdraw', 'restock']) {
    const path = `/v1/admin/sales/${sale.id}/${change}`
    const answer = await call('POST', path, { token, body: { units: 5 } })
    assert.equal(answer.status, 200)
    assert.equal(answer.body.id, sale.id)
    const asked = peers.inventory.asked.find(
      ({ method, path }) => method === 'POST' && path.endsWith(change),
    )
    assert.deepEqual(asked?.body, { units: 5 })
    for (const body of [
      {},
      { units: 0 },
      { units: -1 },
      { units: 1.5 },
      { units: 10_000_001 },
      { units: 1, x: 1 },
    ]) {
      const wrong = await call('POST', path, { token, body })
      assert.equal(outcome(wrong), '400 invalid-request', JSON.stringify(body))
    }
  }
})

test('what inventory says no to is passed on', async (t) => {
  let does: Told = 'reset'
  const { call } = await startGateway(t, { inventory: () => does })
  const table: [Told, string][] = [
    [refusal('sale-not-found', 404), '404 sale-not-found'],
    [refusal('sale-state-conflict', 409), '409 sale-state-conflict'],
    [refusal('too-few-available', 409), '409 too-few-available'],
    [refusal('try-later', 503), '503 try-later'],
    ['reset', '503 try-later'],
  ]
  for (const change of ['pause', 'resume', 'close', 'withdraw', 'restock']) {
    const wanted = { token: adminToken(), body: { units: 1 } }
    for (const [told, expected] of table) {
      does = told
      const answer = await call('POST', `/v1/admin/sales/${randomUUID()}/${change}`, wanted)
      assert.equal(outcome(answer), expected, change)
    }
    for (const id of ['x', '%zz', 'a'.repeat(500)]) {
      const answer = await call('POST', `/v1/admin/sales/${id}/${change}`, wanted)
      assert.equal(outcome(answer), '404 sale-not-found', `${id} ${change}`)
    }
  }
  const tooFew = { ...(refusal('too-few-available', 409) as object), status: 409 }
  does = { ...tooFew, body: { ...(tooFew as { body?: object }).body, available: 3 } } as Told
  const path = `/v1/admin/sales/${randomUUID()}/withdraw`
  const answer = await call('POST', path, { token: adminToken(), body: { units: 5 } })
  assert.equal(codeOf(answer), 'too-few-available')
  assert.equal(answer.body.available, 3)
})
