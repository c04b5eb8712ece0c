import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { consumer } from '../src/consumer.ts'
import { metrics } from '../src/metrics.ts'
import { failing } from './failing.ts'
import { message, record, recorded, soon, steps, ThingLost, ThingMoved, world } from './world.ts'

const onMoved = consumer(ThingMoved, ({ tx }, events) => record(tx, events))
const copiesSeen = async () => (await metrics.copies.get()).values[0]?.value ?? 0
const stepsOf = (rows: { step: number }[]) => rows.map(({ step }) => step)

test('each event delivered twice and out of turn reaches the handler once', async (t) => {
  const { database, bus } = await world(t)
  const db = await database()
  const kafka = bus('service')
  await kafka.start({ db, consumers: [onMoved] })
  const [a, b, c, d] = steps('x', 4).map((step) => message(step))
  assert.ok(a && b && c && d)
  await kafka.publish([a, a, b]) // copies in one batch
  await until(async () => (await recorded(db)).length === 2, soon('two events'))
  await kafka.publish([c, a, b, c]) // and long after
  const shouted = { ...b, headers: { ...b.headers, id: b.headers.id?.toUpperCase() ?? '' } }
  await kafka.publish([shouted, d]) // also when its id is written in another way
  await until(async () => (await recorded(db)).length === 4, soon('four events'))
  assert.deepEqual(stepsOf(await recorded(db)), [0, 1, 2, 3])
})

test('events whose offset was not committed come again and change nothing', async (t) => {
  const { database, bus } = await world(t)
  const db = await database()
  const before = bus('before')
  await before.start({ db, consumers: [onMoved] })
  await before.publish(steps('x', 50).map((step) => message(step)))
  await until(async () => (await recorded(db)).length === 50, soon('all events'))
  await before.close()

  const after = bus('after') // another group begins at the first message of all
  await after.start({ db, consumers: [onMoved] })
  await after.publish([message({ thing: 'x', step: 50 })])
  await until(async () => (await recorded(db)).length > 50, soon('the new event'))
  assert.deepEqual(stepsOf(await recorded(db)), [...Array(51).keys()])
})

test('a consumer killed between its commit and its offset is given the events again', async (t) => {
  const { database, bus, topicPrefix } = await world(t)
  const db = await database()
  const databaseUrl = db.pool.options.connectionString ?? ''
  const first = await failing(t, {
    ...{ role: 'consumer', at: 'handled', signal: 'SIGKILL' },
    ...{ databaseUrl, topicPrefix },
  })
  await bus('maker').publish(steps('x', 5).map((step) => message(step)))
  await first.fails()
  assert.deepEqual(stepsOf(await recorded(db)), [0, 1, 2, 3, 4])

  const before = await copiesSeen()
  const kafka = bus('service', { sessionTimeoutMs: 1_500 })
  await kafka.start({ db, consumers: [onMoved] })
  await kafka.publish([message({ thing: 'x', step: 5 })])
  await until(async () => (await recorded(db)).length > 5, soon('the new event'))
  assert.equal((await copiesSeen()) - before, 5)
  assert.deepEqual(stepsOf(await recorded(db)), [0, 1, 2, 3, 4, 5])
})

test('events of one key are handled in the order written, over all partitions', async (t) => {
  const { database, bus } = await world(t, { partitions: 3 })
  const db = await database()
  const kafka = bus('service')
  const batches: number[] = []
  const handler = consumer(ThingMoved, async ({ tx }, events) => {
    batches.push(events.length)
    const keys = new Set(events.map(({ key }) => key))
    if (keys.size < events.length) throw new Error('two events of one key at a time')
    await record(tx, events)
  })
  await kafka.start({ db, consumers: [handler] })
  const things = Array.from({ length: 20 }, (_, i) => `thing-${i}`)
  const all = [...Array(15).keys()].flatMap((step) => things.map((thing) => ({ thing, step })))
  await kafka.publish(all.map((step) => message(step)))
  await until(async () => (await recorded(db)).length === 300, soon('all events'))

  const byThing = Map.groupBy(await recorded(db), ({ thing }) => thing)
  assert.equal(byThing.size, 20)
  for (const rows of byThing.values()) assert.deepEqual(stepsOf(rows), [...Array(15).keys()])
  assert.ok(Math.max(...batches) > 1, 'keys of a batch go together')
})

test('types of one key keep their order, although each has its own handler', async (t) => {
  const { database, bus } = await world(t)
  const db = await database()
  const kafka = bus('service')
  const onLost = consumer(ThingLost, ({ tx }, events) => record(tx, events, 'lost'))
  await kafka.start({ db, consumers: [onMoved, onLost] })
  await kafka.publish(
    steps('x', 10).map((step) => message(step, step.step % 3 === 0 ? { event: ThingLost } : {})),
  )
  await until(async () => (await recorded(db)).length === 10, soon('all events'))
  assert.deepEqual(stepsOf(await recorded(db)), [...Array(10).keys()])
})

test('a handler that throws once is run again, nothing is lost or done twice', async (t) => {
  const { database, bus } = await world(t)
  const db = await database()
  const kafka = bus('service')
  let failures = 0
  const handler = consumer(ThingMoved, async ({ tx }, events) => {
    await record(tx, events)
    if (failures++ === 0) throw new Error('only this once')
  })
  await kafka.start({ db, consumers: [handler] })
  await kafka.publish(steps('x', 10).map((step) => message(step)))
  await until(async () => (await recorded(db)).length === 10, soon('all events'))
  assert.deepEqual(stepsOf(await recorded(db)), [...Array(10).keys()])
  const { rows } = await db.query('select count(*) as count from outbox')
  assert.deepEqual(rows, [{ count: 0 }]) // nothing went among the dead
})

test('a type or version that is not handled here is passed over', async (t) => {
  const { database, bus } = await world(t)
  const db = await database()
  const kafka = bus('service')
  await kafka.start({ db, consumers: [onMoved] })
  const known = randomUUID()
  await kafka.publish([
    message({ thing: 'x', step: 1 }, { event: ThingLost }),
    message({ thing: 'x', step: 2 }, { event: { ...ThingMoved, version: 2, key: () => 'x' } }),
    message({ thing: 'x', step: 3 }, { id: known }),
  ])
  await until(async () => (await recorded(db)).length === 1, soon('the known event'))
  const { rows } = await db.query('select event_id from inbox')
  assert.deepEqual(rows, [{ event_id: known }])
})
