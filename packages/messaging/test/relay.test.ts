import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Db } from '@flashsale/service-kit/db.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import type { Message } from '../src/bus.ts'
import { consumer } from '../src/consumer.ts'
import { addToOutbox, outboxEnd } from '../src/outbox.ts'
import { startRelay } from '../src/relay.ts'
import { failing } from './failing.ts'
import { record, recorded, silent, soon, steps, ThingMoved, world } from './world.ts'

const onMoved = consumer(ThingMoved, ({ tx }, events) => record(tx, events))

const stepsIn = async (db: Db) => (await recorded(db)).map(({ step }) => step)

for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
  const name = signal === 'SIGKILL' ? 'killed' : 'frozen'
  test(`a relay ${name} between publish and delete is succeeded, the inbox skips its copies`, async (t) => {
    const { database, bus, topicPrefix, closeLater } = await world(t)
    const db = await database()
    const databaseUrl = db.pool.options.connectionString ?? ''
    const kafka = bus('service')
    await kafka.start({ db, consumers: [onMoved] })
    await db.tx((tx) => addToOutbox(tx, ThingMoved, steps('a', 5)))
    const first = await failing(t, {
      ...{ role: 'relay', at: 'published', signal },
      ...{ databaseUrl, topicPrefix },
    })
    await first.fails()
    assert.ok((await outboxEnd(db)) > 0)

    const published: number[] = []
    const publish = async (messages: Message[]) => {
      await kafka.publish(messages)
      published.push(messages.length)
    }
    const relay = startRelay({ db, bus: { publish }, holder: 'second', log: silent })
    closeLater(relay.stop)
    await until(async () => (await outboxEnd(db)) === 0, soon('the outbox to be empty'))
    assert.deepEqual(published, [5])
    await db.tx((tx) => addToOutbox(tx, ThingMoved, [{ thing: 'a', step: 5 }])) // after the copies
    first.thaw()
    if (signal === 'SIGSTOP') await first.says('a later holder of this lease has written')
    await until(async () => (await recorded(db)).at(-1)?.step === 5, soon('the last event'))
    assert.deepEqual(await stepsIn(db), [0, 1, 2, 3, 4, 5])
  })
}

test('a relay whose successor has written deletes nothing more', async (t) => {
  const { database, closeLater } = await world(t)
  const db = await database()
  await db.tx((tx) => addToOutbox(tx, ThingMoved, steps('a', 5)))
  const rowsAt: number[] = []
  const publish = async () => {
    const { rows } = await db.query('select count(*) as count from outbox')
    rowsAt.push(rows[0]?.count)
    if (rowsAt.length > 1) return
    const later = 'insert into fences select name, token + 1 from leases'
    assert.equal((await db.query(later)).rowCount, 1)
  }
  const relay = startRelay({ db, bus: { publish }, holder: 'first', log: silent })
  closeLater(relay.stop)
  await until(async () => (await outboxEnd(db)) === 0, soon('the outbox to be empty'))
  assert.deepEqual(rowsAt, [5, 5]) // it went on under another lease
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
  const relay = startRelay({ db, bus: { publish }, holder: 'relay-0', log: silent })
  closeLater(relay.stop)
  for (const step of steps('a', 20)) await db.tx((tx) => addToOutbox(tx, ThingMoved, [step]))
  await until(async () => (await recorded(db)).length === 20, soon('all events'))
  assert.deepEqual(await stepsIn(db), [...Array(20).keys()])
})

test('of two relays of one database one works, and the other takes over after it', async (t) => {
  const { database, closeLater } = await world(t)
  const db = await database()
  const by: string[] = []
  const start = (name: string) => {
    const publish = async (messages: Message[]) => {
      for (const { value } of messages) by.push(`${name} ${JSON.parse(value).step}`)
    }
    const relay = startRelay({ db, bus: { publish }, holder: name, log: silent })
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
