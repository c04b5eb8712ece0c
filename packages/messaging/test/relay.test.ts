import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import type { Message } from '../src/bus.ts'
import { consumer } from '../src/consumer.ts'
import { addToOutbox, outboxEnd } from '../src/outbox.ts'
import { startRelay } from '../src/relay.ts'
import { record, recorded, silent, soon, steps, ThingMoved, world } from './world.ts'

const onMoved = consumer(ThingMoved, ({ tx }, events) => record(tx, events))

test('a relay killed between publish and delete publishes again, the inbox skips it', async (t) => {
  const { database, bus, closeLater } = await world(t)
  const db = await database()
  const kafka = bus('service')
  await kafka.start({ db, consumers: [onMoved] })
  await db.tx((tx) => addToOutbox(tx, ThingMoved, steps('a', 5)))

  const published: number[] = []
  const publish = async (messages: Message[]) => {
    await kafka.publish(messages)
    published.push(messages.length)
    if (published.length > 1) return
    const relays = `select pg_terminate_backend(pid) from pg_locks
                    join pg_database on pg_database.oid = database
                    where locktype = 'advisory' and datname = current_database()`
    assert.equal((await db.query(relays)).rowCount, 1) // its connection, before it can delete
  }
  const relay = startRelay({ db, bus: { publish }, log: silent })
  closeLater(relay.stop)

  await until(async () => (await outboxEnd(db)) === 0, soon('the outbox to be empty'))
  assert.deepEqual(published, [5, 5])
  await db.tx((tx) => addToOutbox(tx, ThingMoved, [{ thing: 'a', step: 5 }])) // comes after the copies
  await until(async () => (await recorded(db)).at(-1)?.step === 5, soon('the last event'))
  assert.deepEqual(
    (await recorded(db)).map(({ step }) => step),
    [0, 1, 2, 3, 4, 5],
  )
})

test('while Kafka refuses, events wait; after it they come in order', async (t) => {
  const { database, bus, closeLater } = await world(t)
  const db = await database()
  const kafka = bus('service')
  await kafka.start({ db, consumers: [onMoved] })
  let refusals = 0
  const publish = async (messages: Message[]) => {
    if (refusals++ < 2) throw new Error('no leader')
    await kafka.publish(messages)
  }
  const relay = startRelay({ db, bus: { publish }, log: silent })
  closeLater(relay.stop)
  for (const step of steps('a', 20)) await db.tx((tx) => addToOutbox(tx, ThingMoved, [step]))
  await until(async () => (await recorded(db)).length === 20, soon('all events'))
  assert.deepEqual(
    (await recorded(db)).map(({ step }) => step),
    [...Array(20).keys()],
  )
})

test('of two relays of one database one works, and the other takes over after it', async (t) => {
  const { database, closeLater } = await world(t)
  const db = await database()
  const by: string[] = []
  const start = (name: string) => {
    const publish = async (messages: Message[]) => {
      for (const { value } of messages) by.push(`${name} ${JSON.parse(value).step}`)
    }
    const relay = startRelay({ db, bus: { publish }, log: silent })
    closeLater(relay.stop)
    return relay
  }
  const sent = async (step: number) => {
    await db.tx((tx) => addToOutbox(tx, ThingMoved, [{ thing: 'a', step }]))
    await until(() => by.length === step, soon(`event ${step}`))
  }
  const first = start('first')
  await sent(1)
  start('second')
  await sent(2)
  await first.stop()
  await sent(3)
  assert.deepEqual(by, ['first 1', 'first 2', 'second 3'])
})
