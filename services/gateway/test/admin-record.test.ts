import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { ActionNote } from '@flashsale/contracts/http/admin-actions.ts'
import { createApp } from '@flashsale/service-kit/app.ts'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { ActionRecord } from '../src/jobs/action-record.ts'
import { startCanaryBoard } from '../src/jobs/canary-board.ts'
import { recordActions } from '../src/plugins/record-actions.ts'
import { operationsOf, pathWith, readDocument } from './api-document.ts'
import { startConfig, startConfigPeer } from './config-parts.ts'
import { adminToken, aSale, buyerToken, outcome, sign, startGateway } from './gateway.ts'
import { gatewayRedis } from './gateway-redis.ts'
import { fixedLimits } from './limit-parts.ts'
import { type Asked, refusal, type Told } from './peers.ts'

const BUYER = 'ann-by-name'
const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const lost = sign({ sub: 'cid', exp: 9e9 })
const erasure = { subject: 'erased:1', askedAt: new Date().toISOString(), salesWaiting: 0 }
const limit = { burst: 5, perSecond: 5 }
const switched = { switches: { serveStale: true } }
const cohort = { release: '0.2.0', cohort: [BUYER] }
const { id: _id, epoch: _e, free: _f, orders: _o, versions: _v, phase: _p, ...newSale } = aSale()

/** A good call of each change that an operator can make, and the name it has in the record. */
const changes: Record<string, { name: string; body?: object }> = {
  'post /v1/admin/sales': { name: 'sale.create', body: newSale },
  'post /v1/admin/sales/{saleId}/pause': { name: 'sale.pause' },
  'post /v1/admin/sales/{saleId}/resume': { name: 'sale.resume' },
  'post /v1/admin/sales/{saleId}/close': { name: 'sale.close' },
  'post /v1/admin/sales/{saleId}/withdraw': { name: 'sale.withdraw', body: { units: 1 } },
  'post /v1/admin/sales/{saleId}/restock': { name: 'sale.restock', body: { units: 1 } },
  'put /v1/admin/limits': { name: 'limits.change', body: { gateway: limit } },
  'patch /v1/admin/config': { name: 'config.change', body: { why: 'to see', change: switched } },
  'post /v1/admin/config/roll-back': {
    name: 'config.roll-back',
    body: { why: 'to see', version: 0 },
  },
  'put /v1/admin/canary': { name: 'canary.change', body: { order: cohort } },
  'put /v1/admin/banned-buyers/{buyer}': { name: 'buyer.ban' },
  'delete /v1/admin/banned-buyers/{buyer}': { name: 'buyer.unban' },
  'put /v1/admin/withdrawn-tokens': { name: 'token.withdraw', body: { token: lost } },
  'post /v1/admin/buyers/{buyer}/erase': { name: 'buyer.erase' },
}
const goesOnAnyway = /limits|config|canary|banned-buyers|withdrawn-tokens/

async function world(t: TestContext, { isOpen = true, refuses = false } = {}) {
  const sale = aSale()
  /** What happened, in its order: notes by stage and id, and what inventory was asked to change. */
  const journal: string[] = []
  const notes: ActionNote[] = []
  const take = async (note: ActionNote) => {
    notes.push(note)
    journal.push(`${note.stage} ${note.id}`)
    return isOpen
  }
  const actionRecord: ActionRecord = {
    write: take,
    writeLater: async (note) => void (await take(note)),
    list: async () => ({ kind: 'page', page: { actions: [] } }),
    stop: async () => {},
  }
  const inventory = ({ path, headers }: Asked): Told => {
    journal.push(`asked ${headers['admin-action']}`)
    if (refuses) return refusal('sale-state-conflict', 409)
    if (path === '/internal/erasures') return { status: 202, body: erasure }
    return { status: path === '/internal/sales' ? 201 : 200, body: sale }
  }
  const limits = { buyer: limit, address: null, gateway: null }
  const limitBoard = { ...fixedLimits(limits), change: async () => ({ ...limits, gateway: limit }) }
  const keeper = await startConfigPeer(t)
  const { broadcast } = await gatewayRedis(t)
  const runtimeConfig = startConfig(t, keeper.url, broadcast)
  const board = startCanaryBoard({ config: runtimeConfig, gateway: 'one', log: quiet })
  t.after(board.stop)
  const canary = { rules: board, urls: {}, board }
  const options = { sales: [sale], inventory, actionRecord, limitBoard, runtimeConfig, canary }
  const started = await startGateway(t, options)
  const act = (call: string, token = adminToken()) => {
    const [method = '', path = ''] = call.split(' ')
    const { body } = changes[call] ?? {}
    const at = pathWith(path, { saleId: sale.id, buyer: BUYER })
    return started.call(method.toUpperCase(), at, { token, ...(body && { body }) })
  }
  return { ...started, sale, journal, notes, act }
}

test('every change that an operator makes is on record before it is made, and then what came of it', async (t) => {
  const { act, journal, notes, sale } = await world(t)
  const operations = operationsOf(await readDocument(t))
    .filter(({ path, method }) => path.startsWith('/v1/admin/') && method !== 'get')
    .map(({ path, method }) => `${method} ${path}`)
  assert.deepEqual(operations.toSorted(), Object.keys(changes).toSorted(), 'a good call of each')
  for (const call of operations) {
    journal.length = notes.length = 0
    const answer = await act(call)
    assert.ok(answer.status < 300, `${call}: ${answer.text}`)
    const id = answer.headers.get('request-id')
    const steps = goesOnAnyway.test(call)
      ? [`wanted ${id}`, `answered ${id}`]
      : [`wanted ${id}`, `asked ${id}`, `answered ${id}`]
    assert.deepEqual(journal, steps, call)
    const [wanted, answered] = notes
    assert.equal(wanted?.action, changes[call]?.name)
    assert.equal(wanted?.who, 'operator')
    assert.equal(wanted?.address, '127.0.0.1')
    assert.equal(answered?.outcome, 'done')
    assert.ok(answered?.after, call)
    if (call.includes('{saleId}')) {
      assert.equal(wanted?.target, `sale:${sale.id}`)
      assert.deepEqual(wanted?.before, { phase: 'ready', stock: 100, free: 100 })
    }
  }
})

test('the record has what was before and after, and never a token or a name of a buyer', async (t) => {
  const { act, notes } = await world(t)
  const told = async (call: string) => {
    notes.length = 0
    await act(call)
    const [wanted, answered] = notes
    const { target, asked, before } = wanted ?? {}
    return { target, asked, before, after: answered?.after }
  }
  const limits = { buyer: limit, address: null, gateway: null }
  assert.deepEqual(await told('put /v1/admin/limits'), {
    target: 'limits',
    asked: { gateway: limit },
    before: limits,
    after: { ...limits, gateway: limit },
  })
  const target = { buyer: BUYER } // inventory makes a subject of it
  const ban = { target, asked: undefined, before: { banned: false }, after: { banned: true } }
  assert.deepEqual(await told('put /v1/admin/banned-buyers/{buyer}'), ban)
  const unban = { ...ban, before: { banned: true }, after: { banned: false } }
  assert.deepEqual(await told('delete /v1/admin/banned-buyers/{buyer}'), unban)
  const config = await told('patch /v1/admin/config')
  const asked = { why: 'to see', change: switched, dryRun: 'false' }
  const differences = [{ at: '/switches/serveStale', before: false, after: true }]
  const after = { version: 1, differences }
  assert.deepEqual(config, { target: 'configuration', asked, before: { version: 0 }, after })
  const canary = await told('put /v1/admin/canary')
  assert.equal(canary.target, 'canary')
  assert.ok(!JSON.stringify(canary).includes(BUYER), JSON.stringify(canary))
  assert.match(JSON.stringify(canary.after), /"cohort":{"buyers":1}/)
  const token = await told('put /v1/admin/withdrawn-tokens')
  assert.match(String(token.target), /^token:\S+$/)
  assert.ok(!JSON.stringify(token).includes(lost))
  assert.deepEqual([token.before, token.after], [{ withdrawn: false }, { withdrawn: true }])
})

test('a change that is refused says so in the record', async (t) => {
  const { act, notes } = await world(t, { refuses: true })
  const answer = await act('post /v1/admin/sales/{saleId}/pause')
  assert.equal(outcome(answer), '409 sale-state-conflict')
  assert.deepEqual(
    notes.map(({ stage, outcome }) => [stage, outcome]),
    [
      ['wanted', undefined],
      ['answered', 'sale-state-conflict'],
    ],
  )
  assert.equal(notes[1]?.after, undefined)
})

test('while no record can be written, sales are not changed; bans, limits and tokens are', async (t) => {
  const { act, journal, peers } = await world(t, { isOpen: false })
  for (const call of Object.keys(changes)) {
    const answer = await act(call)
    const goesOn = goesOnAnyway.test(call)
    if (goesOn) assert.equal(answer.status, 200, `${call}: ${answer.text}`)
    else assert.equal(outcome(answer), '503 try-later', call)
  }
  assert.ok(!journal.some((step) => step.startsWith('asked')), 'inventory was asked for a change')
  assert.ok(peers.inventory.asked.every(({ method }) => method === 'GET'))
})

test('whoever may not change anything, and what is not well formed, leaves no record', async (t) => {
  const { act, call, notes } = await world(t)
  for (const change of Object.keys(changes)) {
    assert.equal(outcome(await act(change, buyerToken())), '403 forbidden')
  }
  const bad = { token: adminToken(), body: { units: 0 } }
  const path = pathWith('/v1/admin/sales/{saleId}/restock')
  assert.equal(outcome(await call('POST', path, bad)), '400 invalid-request')
  for (const read of ['/v1/admin/limits', '/v1/admin/actions', '/v1/admin/nothing']) {
    await call('GET', read, { token: adminToken() })
  }
  assert.deepEqual(notes, [])
})

test('a route that changes something and has no place in the record stops the start', async () => {
  const app = createApp({ name: 'gateway', logLevel: 'silent' })
  const changing: FastifyPluginAsync = async (scope) => {
    await scope.register(fp(async () => {}, { name: 'authenticate' }))
    const actionRecord = {} as ActionRecord
    await scope.register(recordActions, { actionRecord, addressOf: () => '' })
    scope.get('/read', async () => ({}))
    scope.post('/change', async () => ({}))
  }
  app.register(changing)
  await assert.rejects(async () => app.ready(), /POST \/change changes something/)
})
