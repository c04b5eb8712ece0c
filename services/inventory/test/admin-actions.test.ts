import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import {
  ACTION_HEADER,
  ActionId,
  type ActionNote,
} from '@flashsale/contracts/http/admin-actions.ts'
import { createApp } from '@flashsale/service-kit/app.ts'
import { adminActions } from '../src/http/admin-actions.ts'
import { erasures } from '../src/http/erasures.ts'
import { movePhase } from '../src/http/sale-phase.ts'
import { restockSale } from '../src/http/sale-units.ts'
import { addSale } from '../src/http/sales.ts'
import { subjectOf } from './erasing.ts'
import { salePlan, testSale } from './sale.ts'

const newId = () => ActionId.parse(randomUUID())
const note = (more: Partial<ActionNote> = {}): ActionNote => ({
  id: newId(),
  stage: 'wanted',
  at: new Date().toISOString(),
  who: 'operator',
  address: '10.0.0.1',
  action: 'sale.pause',
  target: 'sale:1',
  ...more,
})

async function world(t: TestContext) {
  const sale = await testSale(t, { stock: 10 })
  const app = createApp({ name: 'inventory', logLevel: 'silent' })
  const deps = { ...sale.deps, subjectOf, admission: { queue: () => ({}) as never } }
  for (const route of [adminActions, erasures, movePhase, restockSale, addSale]) {
    app.register(route as typeof adminActions, deps)
  }
  t.after(() => app.close())
  const call = async (method: 'GET' | 'POST', url: string, body?: object, action?: string) => {
    const headers = action === undefined ? {} : { [ACTION_HEADER]: action }
    const answer = await app.inject({ method, url, headers, ...(body && { body }) })
    return { status: answer.statusCode, body: answer.json() }
  }
  const tell = async (one: ActionNote) => (await call('POST', '/admin/actions', one)).status
  const list = async (query = '') => (await call('GET', `/admin/actions?${query}`)).body
  return { ...sale, call, tell, list }
}

test('an action is one entry with who, what, before and after, however often it is told', async (t) => {
  const { tell, list } = await world(t)
  const wanted = note({ asked: { units: 3 }, before: { stock: 1 } })
  for (let times = 0; times < 3; times++) assert.equal(await tell(wanted), 201)
  const [open] = (await list()).actions
  assert.equal(open.outcome, 'unknown', 'nobody told what came of it')
  const after = { stock: 4 }
  const answered = { ...wanted, stage: 'answered' as const, after, outcome: 'done' }
  for (let times = 0; times < 3; times++) assert.equal(await tell(answered), 201)
  const { actions } = await list()
  assert.equal(actions.length, 1)
  const { recordedAt, at, ...rest } = actions[0]
  assert.ok(Date.parse(recordedAt) >= Date.parse(at) - 10_000)
  assert.deepEqual(rest, {
    id: wanted.id,
    who: 'operator',
    address: '10.0.0.1',
    action: 'sale.pause',
    target: 'sale:1',
    asked: { units: 3 },
    before: { stock: 1 },
    after: { stock: 4 },
    outcome: 'done',
  })
})

test('the record is only ever added to', async (t) => {
  const { db, tell } = await world(t)
  await tell(note())
  for (const sql of [
    "update admin_actions set who = 'somebody else'",
    'delete from admin_actions',
    'truncate admin_actions',
  ]) {
    await assert.rejects(db.query(sql), /only ever added to/, sql)
  }
  assert.equal((await db.query('select from admin_actions')).rowCount, 1)
})

test('a change of a sale and its record are one commit, with what was before and after', async (t) => {
  const { call, tell, list, saleId } = await world(t)
  const target = `sale:${saleId}`
  const doIt = async (what: string, units?: object) => {
    const wanted = note({ action: `sale.${what}`, target })
    await tell(wanted)
    assert.equal((await call('POST', `/sales/${saleId}/${what}`, units, wanted.id)).status, 200)
    return (await list(`target=${target}`)).actions[0]
  }
  const stock = 10
  const facts = ({ action, before, after, outcome }: Record<string, unknown>) => ({
    action,
    before,
    after,
    outcome,
  })
  assert.deepEqual(facts(await doIt('pause')), {
    action: 'sale.pause',
    before: { phase: 'ready', stock },
    after: { phase: 'paused', stock },
    outcome: 'done', // though nobody told of the answer
  })
  assert.deepEqual(facts(await doIt('restock', { units: 5 })).after, { phase: 'paused', stock: 15 })
  assert.deepEqual(facts(await doIt('close')), {
    action: 'sale.close',
    before: { phase: 'paused', stock: 15 },
    after: { phase: 'closed', stock: 15 },
    outcome: 'done',
  })
  const created = note({ action: 'sale.create', target: 'sale:new' })
  await tell(created)
  const { body } = await call('POST', '/sales', salePlan(), created.id)
  const [entry] = (await list(`target=sale:${body.id}`)).actions
  assert.equal(entry.id, created.id)
  assert.equal(entry.after.title, 'Phone')
})

test('what would be changed in the name of an action that is not on record is not changed', async (t) => {
  const { call, db, saleId } = await world(t)
  const states = () =>
    db.query('select phase, stock from sales join segments on sale_id = id order by id')
  const before = (await states()).rows
  for (const [what, body] of [
    [`/sales/${saleId}/pause`, undefined],
    [`/sales/${saleId}/restock`, { units: 1 }],
    ['/sales', salePlan()],
    ['/erasures', { buyerId: 'ann' }],
  ] as const) {
    assert.equal((await call('POST', what, body, newId())).status, 500, what)
  }
  assert.deepEqual((await states()).rows, before)
  assert.equal((await db.query('select from erasures')).rowCount, 0)
})

test('a buyer stands in the record as a subject, and is found by the id', async (t) => {
  const { tell, list, db, call } = await world(t)
  const buyer = 'ann-by-name'
  const ban = note({ action: 'buyer.ban', target: { buyer } as never })
  await tell(ban)
  await tell(note({ action: 'buyer.ban', target: { buyer: 'bob' } as never }))
  const erase = note({ action: 'buyer.erase', target: { buyer } as never })
  await tell(erase)
  for (let copies = 0; copies < 2; copies++) {
    const asked = await call('POST', '/erasures', { buyerId: buyer }, erase.id)
    assert.equal(asked.status, 202)
  }
  const found = (await list(`buyer=${buyer}`)).actions
  assert.deepEqual(
    found.map(({ id }: ActionNote) => id),
    [erase.id, ban.id],
  )
  assert.equal(found[0].target, `buyer:${subjectOf(buyer)}`)
  const { rows } = await db.query('select from admin_actions t where strpos(t::text, $1) > 0', [
    buyer,
  ])
  assert.equal(rows.length, 0)
})

test('pages of the record are newest first, without gap or repeat, and by action, who and target', async (t) => {
  const { tell, list, call } = await world(t)
  const at = new Date().toISOString() // all at once: the id decides
  const notes = Array.from({ length: 7 }, (_one, n) =>
    note({ at, action: n % 2 ? 'sale.close' : 'limits.change', who: `op-${n % 3}` }),
  )
  for (const one of notes) await tell(one)
  const seen: string[] = []
  for (let cursor = ''; ; ) {
    const { actions, nextCursor } = await list(`limit=3${cursor}`)
    seen.push(...actions.map(({ id }: ActionNote) => id))
    await tell(note()) // newer ones don't move the pages
    if (!nextCursor) break
    cursor = `&cursor=${nextCursor}`
  }
  const wanted = notes
    .map(({ id }) => id as string)
    .toSorted()
    .reverse()
  assert.deepEqual(seen, wanted)
  const counts = await Promise.all(
    ['action=sale.close', 'who=op-0', 'action=sale.close&who=op-1', 'target=sale:2'].map(
      async (query) => (await list(query)).actions.length,
    ),
  )
  assert.deepEqual(counts, [3, 3, 1, 0])
  for (const bad of ['limit=0', 'limit=201', 'cursor=x']) {
    assert.equal((await call('GET', `/admin/actions?${bad}`)).status, 400, bad)
  }
})
