import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { servers } from '@flashsale/test-kit/servers.ts'
import type { Message } from '../src/bus.ts'
import { consumer } from '../src/consumer.ts'
import { handleBatch } from '../src/handle-batch.ts'
import { readTopic } from '../src/read-topic.ts'
import { startRelay } from '../src/relay.ts'
import { replay } from '../src/replay.ts'
import { revive } from '../src/revive.ts'
import { message, record, recorded, silent, soon, steps, ThingMoved, world } from './world.ts'

const onMoved = consumer(ThingMoved, ({ tx }, events) => record(tx, events))
const sourceOf = (topicPrefix: string) => {
  return { brokers: servers.kafkaBrokers(), topicPrefix, log: silent }
}

test('a database that was set back gets what it lost, and nothing that it knows', async (t) => {
  const { database, bus, topicPrefix } = await world(t, { partitions: 3 })
  const db = await database()
  const all = ['a', 'b', 'c'].flatMap((thing) => steps(thing, 700)).map((step) => message(step))
  await bus('maker').publish(all)
  const known = all.filter(({ key }) => key !== 'c').slice(0, 1_000)
  const incoming = known.map((one) => ({ ...one, partition: 0, offset: '0', sentAtMs: 0 }))
  await handleBatch({ db, group: 'service', consumers: [onMoved], log: silent }, incoming)

  const again = { db, group: 'service', consumers: [onMoved], source: sourceOf(topicPrefix) }
  assert.equal(await replay(again, 'stock'), 2_100)
  const rows = await recorded(db)
  assert.equal(rows.length, 2_100)
  const ofC = rows.filter(({ thing }) => thing === 'c').map(({ step }) => step)
  assert.deepEqual(
    ofC,
    steps('c', 700).map(({ step }) => step),
  ) // in the order written
  await replay(again, 'stock')
  assert.equal((await recorded(db)).length, 2_100)
})

test('a topic that is read ends where it ended when the reading began, or is not there', async (t) => {
  const { bus, topicPrefix } = await world(t)
  const maker = bus('maker')
  await maker.publish([message({ thing: 'a', step: 1 })])
  const seen: string[] = []
  const count = await readTopic(sourceOf(topicPrefix), 'stock', async (messages) => {
    seen.push(...messages.map(({ key }) => key))
    await maker.publish([message({ thing: 'later', step: 1 })])
  })
  assert.deepEqual([count, seen], [1, ['a']])
  assert.equal(await readTopic(sourceOf(topicPrefix), 'no-such-topic', async () => {}), 0)
})

test('what fails while a topic is read ends the reading', async (t) => {
  const { bus, topicPrefix } = await world(t)
  await bus('maker').publish([message({ thing: 'a', step: 1 })])
  const reading = readTopic(sourceOf(topicPrefix), 'stock', async () => {
    throw new Error('the database is away')
  })
  await assert.rejects(reading, { message: 'the database is away' })
})

test('a key whose dead letters can be handled lives again, another stays dead', async (t) => {
  const { database, bus, topicPrefix, closeLater } = await world(t)
  const db = await database()
  const kafka = bus('service')
  const consumerThatFails = (bad: string[]) =>
    consumer(ThingMoved, async ({ tx }, events) => {
      if (events.some(({ data }) => bad.includes(data.thing))) throw new Error('not this one')
      await record(tx, events)
    })
  await kafka.start({ db, consumers: [consumerThatFails(['x', 'y'])] })
  const relay = startRelay({ db, bus: kafka, holder: 'relay-0', log: silent })
  closeLater(relay.stop)
  await kafka.publish(['x', 'y'].flatMap((thing) => steps(thing, 2)).map((step) => message(step)))
  const ended = async () => (await db.query('select from inbox')).rowCount === 4
  await until(ended, soon('all to be dead'))
  await until(async () => (await db.query('select from outbox')).rowCount === 0, soon('the relay'))

  const again = { db, group: 'service', source: sourceOf(topicPrefix) }
  const mended = { ...again, consumers: [consumerThatFails(['y'])] }
  assert.deepEqual(await revive(mended, 'stock'), ['x'])
  assert.deepEqual(
    await recorded(db),
    steps('x', 2).map((step) => ({ ...step, note: '' })),
  )
  assert.deepEqual((await db.query('select key from dead_keys')).rows, [{ key: 'y' }])
  assert.deepEqual(await revive(mended, 'stock'), [])
})

test('a key is not revived while a letter of it is still on its way', async (t) => {
  const { database, bus, topicPrefix, closeLater } = await world(t)
  const db = await database()
  const kafka = bus('service')
  const failing = consumer(ThingMoved, async () => {
    throw new Error('not now')
  })
  await kafka.start({ db, consumers: [failing] })
  const startPublishing = () => startRelay({ db, bus: kafka, holder: 'relay-0', log: silent })
  const rows = (table: 'inbox' | 'outbox', count: number) =>
    until(
      async () => (await db.query(`select from ${table}`)).rowCount === count,
      soon(`${count} in the ${table}`),
    )
  const [first, second] = steps('x', 2).map((step) => message(step)) as [Message, Message]
  const relay = startPublishing()
  await kafka.publish([first])
  await rows('inbox', 1)
  await rows('outbox', 0)
  await relay.stop()
  await kafka.publish([second])
  await rows('inbox', 2) // buried behind the first, and its letter waits in the outbox

  const again = { db, group: 'service', consumers: [onMoved], source: sourceOf(topicPrefix) }
  assert.deepEqual(await revive(again, 'stock'), [])
  assert.deepEqual(await recorded(db), [])
  closeLater(startPublishing().stop)
  await rows('outbox', 0)
  assert.deepEqual(await revive(again, 'stock'), ['x'])
  assert.deepEqual((await recorded(db)).length, 2)
})
