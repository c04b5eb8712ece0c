import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { servers } from '@flashsale/test-kit/servers.ts'
import { consumer } from '../src/consumer.ts'
import { metrics } from '../src/metrics.ts'
import { message, record, recorded, soon, steps, ThingMoved, world } from './world.ts'

// The contract of bus.ts: whatever Kafka client stands behind it has to pass these.

const onMoved = consumer(ThingMoved, ({ tx }, events) => record(tx, events))

test('what is published before the first consumer started is consumed', async (t) => {
  const { database, bus } = await world(t)
  const db = await database()
  const kafka = bus('service')
  await kafka.publish(steps('x', 3).map((step) => message(step)))
  await kafka.start({ db, consumers: [onMoved] })
  await until(async () => (await recorded(db)).length === 3, soon('the events'))
  assert.equal(kafka.connected(), true)
})

test('a publish that failed makes no member unready, and the next one goes through', async (t) => {
  const { database, bus } = await world(t)
  const db = await database()
  const kafka = bus('service')
  await kafka.start({ db, consumers: [onMoved] })
  const nowhere = { ...message({ thing: 'x', step: 1 }), topic: 'no-such-topic' }
  await assert.rejects(kafka.publish([nowhere]))
  assert.equal(kafka.connected(), true) // the next publish may be another instance's
  await kafka.publish([message({ thing: 'x', step: 1 })])
  await until(async () => (await recorded(db)).length === 1, soon('the event'))
})

test('an event arrives as it was written: id, key, time and data', async (t) => {
  const { database, bus } = await world(t)
  const db = await database()
  const kafka = bus('service')
  const seen: ThingMoved[] = []
  const handler = consumer(ThingMoved, async (_context, events) => void seen.push(...events))
  await kafka.start({ db, consumers: [handler] })
  const sent = message({ thing: 'ключ 鍵', step: 7 })
  await kafka.publish([sent])
  await until(() => seen.length === 1, soon('the event'))
  const { id, type, 'occurred-at': occurredAt } = sent.headers
  const data = { thing: 'ключ 鍵', step: 7 }
  assert.deepEqual(seen, [{ id, type, version: 1, key: data.thing, occurredAt, data }])
})

test('a batch that does not end is told as lag, and one that ended no more', async (t) => {
  const { database, bus } = await world(t)
  const db = await database()
  const kafka = bus('service')
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const handler = consumer(ThingMoved, async ({ tx }, events) => {
    await released
    await record(tx, events)
  })
  const lags = async () => (await metrics.lag.get()).values.map(({ value }) => value)
  metrics.lag.set({ topic: 'of-before', partition: 7 }, 9) // another member has it since it joined
  await kafka.publish(steps('x', 3).map((step) => message(step)))
  await kafka.start({ db, consumers: [handler] })
  await until(async () => (await lags()).join() === '3', soon('the lag of a batch under way'))
  release()
  await until(async () => (await lags()).join() === '0', soon('no lag'))
})

test('topics are made once, however many ask for them at a time', async (t) => {
  const { bus } = await world(t)
  const wanted = ['orders', 'payments']
  await Promise.all(['a', 'b', 'c', 'd'].map((group) => bus(group).ensureTopics(wanted)))
  await bus('a').ensureTopics(wanted)
  await bus('b').publish([{ ...message({ thing: 'x', step: 1 }), topic: 'payments.dead' }])
})

test('a group shares its partitions, and a member that leaves loses nothing', async (t) => {
  const { database, bus } = await world(t, { partitions: 4 })
  const db = await database()
  const by = (name: string) => consumer(ThingMoved, ({ tx }, events) => record(tx, events, name))
  const [first, second] = [bus('service'), bus('service')]
  const things = Array.from({ length: 40 }, (_, i) => `thing-${i}`)
  const publish = (step: number) => first.publish(things.map((thing) => message({ thing, step })))

  await first.start({ db, consumers: [by('first')] })
  await second.start({ db, consumers: [by('second')] })
  await until(
    async () => {
      await publish(0)
      return (await recorded(db)).some(({ note }) => note === 'second')
    },
    { ...soon('the second member to get a share'), everyMs: 200 },
  )
  await second.close()
  await publish(1)
  await until(async () => {
    const late = (await recorded(db)).filter(({ step }) => step === 1)
    return late.length === 40
  }, soon('all events of the last round'))
})

test('at rest it has committed what it began, takes no more, and is of its group until it is closed', async (t) => {
  const { database, bus } = await world(t)
  const db = await database()
  const kafka = bus('service')
  const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const slow = consumer(ThingMoved, async ({ tx }, events) => {
    begun.resolve()
    await goOn.promise
    await record(tx, events, 'first')
  })
  await kafka.start({ db, consumers: [slow] })
  const publish = (step: number) => kafka.publish([message({ thing: 'x', step })])
  await publish(1)
  await begun.promise
  const resting = kafka.rest()
  await publish(2)
  goOn.resolve()
  await resting
  const done = { thing: 'x', step: 1, note: 'first' }
  assert.deepEqual(await recorded(db), [done])
  assert.equal(kafka.connected(), true)

  await kafka.close()
  assert.deepEqual(await recorded(db), [done])
  const onMoved = consumer(ThingMoved, ({ tx }, events) => record(tx, events, 'second'))
  await bus('service').start({ db, consumers: [onMoved] })
  await until(async () => (await recorded(db)).length === 2, soon('the second event'))
  assert.equal((await recorded(db))[1]?.note, 'second')
})

test('events that a killed consumer had in hand are given to another', async (t) => {
  const { database, bus, topicPrefix } = await world(t)
  const db = await database()
  const DATABASE_URL = db.pool.options.connectionString ?? ''
  const KAFKA_BROKERS = servers.kafkaBrokers().join(',')
  const file = `${import.meta.dirname}/fixtures/hanging-consumer.ts`
  const child = spawn(process.execPath, [file], {
    env: { DATABASE_URL, KAFKA_BROKERS, TOPIC_PREFIX: topicPrefix },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  await bus('maker').publish(steps('x', 5).map((step) => message(step)))
  await until(() => output.includes('hangs'), soon('the consumer to hang'))
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit

  await bus('service', { sessionTimeoutMs: 1_500 }).start({ db, consumers: [onMoved] })
  await until(async () => (await recorded(db)).length === 5, soon('the events again'))
  assert.deepEqual(
    await recorded(db),
    steps('x', 5).map((step) => ({ ...step, note: '' })),
  )
})
