import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { request } from '@flashsale/test-kit/http.ts'
import { servers } from '@flashsale/test-kit/servers.ts'
import { startSystem } from '@flashsale/test-kit/system.ts'
import { Kafka, logLevel } from 'kafkajs'
import { openSale } from './sale.ts'
import { connectSql } from './sql.ts'

const endsWithinMs = 10_000
const steps = [
  'asked to end',
  'answered all that was asked',
  'published all of the outbox',
  'left the group',
]

test('asked to end, order is unready, answers, publishes its outbox, leaves its group, and exits with 0', async (t) => {
  const system = await startSystem(t, { env: { order: { DRAIN_MS: '1000' } } })
  const sale = await openSale(system)
  const receipt = await sale.hold('ann')
  await sale.becomes(receipt, 'pending-payment')
  const members = await groupOf(t, `${system.topicPrefix}order`)
  assert.equal(await members(), 1)
  const orders = await connectSql(t, system.dbUrls.order)
  const count = async (from: string) =>
    (await orders<{ n: number }>(`select count(*)::int as n from ${from}`))[0]?.n

  // One transaction keeps the order from being cancelled, the other keeps what that writes in the outbox.
  const [rowHeld, outboxHeld] = [
    await heldOpen(t, system.dbUrls.order, 'select from orders for update'),
    await heldOpen(t, system.dbUrls.order, 'select pg_current_xact_id()'),
  ]
  const order = `${system.urls.order}/internal/orders/${receipt.orderId}`
  const cancel = request(`${order}/cancel`, { method: 'POST', body: { buyerId: receipt.user } })
  const waits = "pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
  await until(async () => (await count(waits)) === 1, soon('the request to be under way'))

  const askedAt = performance.now()
  const exit = system.stop('order')
  const readiness = async () => (await request(`${system.urls.order}/readyz`)).status
  await until(async () => (await readiness()) === 503, soon('it to be unready'))
  await rowHeld.end()
  assert.deepEqual((await cancel).body, { kind: 'cancelled' })
  const said = () =>
    steps.filter((step) => system.logs('order').some((line) => line.includes(step)))
  await until(() => said().length === 2, soon('all to be answered'))
  assert.equal(await count('outbox'), 1)
  await outboxHeld.end()
  assert.equal(await exit, 0)
  assert.ok(performance.now() - askedAt < endsWithinMs)

  assert.equal(await count('outbox'), 0)
  assert.equal(await members(), 0)
  const at = steps.map((step) => system.logs('order').findIndex((line) => line.includes(step)))
  assert.deepEqual(
    at,
    at.toSorted((one, other) => one - other),
  )
})

const soon = (what: string) => ({ timeoutMs: 15_000, what })

/** How many members Kafka counts in a group. */
async function groupOf(t: TestContext, groupId: string) {
  const brokers = servers.kafkaBrokers()
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  t.after(() => admin.disconnect())
  return async () => (await admin.describeGroups([groupId])).groups[0]?.members.length
}

/** A transaction that has done this and is open until `end`. */
async function heldOpen(t: TestContext, url: string, statement: string) {
  const sql = await connectSql(t, url)
  await sql('begin')
  await sql(statement)
  return { end: () => sql('commit') }
}
