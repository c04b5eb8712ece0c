import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { deadTopic, type Topic } from '@flashsale/contracts/topics.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { consumer } from '../src/consumer.ts'
import { startRelay } from '../src/relay.ts'
import { message, record, recorded, silent, soon, steps, ThingMoved, world } from './world.ts'

const poison = ({ data }: { data: { thing: string; step: number } }) =>
  data.thing === 'bad' && data.step === 2

test('a poison event goes among the dead, its key behind it, its neighbours go on', async (t) => {
  const { database, bus, closeLater } = await world(t)
  const db = await database()
  const kafka = bus('service')
  const onMoved = consumer(
    ThingMoved,
    async ({ tx }, events) => {
      if (events.some(poison)) throw new Error('cannot stand this one')
      await record(tx, events)
    },
    { onDead: ({ tx }, { data }) => record(tx, data ? [{ data }] : [], 'dead') },
  )
  await kafka.start({ db, consumers: [onMoved] })
  const relay = startRelay({ db, bus: kafka, holder: 'relay-0', log: silent })
  closeLater(relay.stop)
  const all = steps('bad', 5).flatMap((bad) => [bad, { ...bad, thing: 'good' }])
  await kafka.publish(all.map((step) => message(step)))
  await until(async () => (await recorded(db)).length === 10, soon('all events to have an end'))
  await kafka.publish([message({ thing: 'bad', step: 5 }), message({ thing: 'good', step: 5 })])
  await until(async () => (await recorded(db)).length === 12, soon('later events'))

  const rows = await recorded(db)
  const of = (thing: string, note: string) =>
    rows.filter((row) => row.thing === thing && row.note === note).map(({ step }) => step)
  assert.deepEqual(of('good', ''), [0, 1, 2, 3, 4, 5])
  assert.deepEqual(of('bad', ''), [0, 1])
  assert.deepEqual(of('bad', 'dead'), [2, 3, 4, 5])

  const undertaker = await database()
  const onDeadMoved = consumer(
    { ...ThingMoved, topic: deadTopic('stock') as Topic },
    ({ tx }, events) => record(tx, events),
  )
  await bus('undertaker').start({ db: undertaker, consumers: [onDeadMoved] })
  await until(async () => (await recorded(undertaker)).length === 4, soon('the dead'))
  assert.deepEqual(
    (await recorded(undertaker)).map(({ step }) => step),
    [2, 3, 4, 5],
  )
})

test('a dead letter tells why, where it came from, and for whom it died', async (t) => {
  const { database, bus } = await world(t)
  const db = await database()
  const kafka = bus('service')
  const onMoved = consumer(ThingMoved, async () => {
    throw new Error('not today')
  })
  await kafka.start({ db, consumers: [onMoved] })
  const sent = message({ thing: 'x', step: 1 })
  await kafka.publish([sent])
  const row = await until(async () => {
    const { rows } = await db.query('select * from outbox')
    return rows[0]
  }, soon('the dead letter'))
  assert.equal(row.aggregatetype, 'stock.dead')
  assert.equal(row.aggregateid, 'x')
  assert.equal(row.id, sent.headers.id)
  assert.deepEqual(row.payload, { thing: 'x', step: 1 })
  assert.deepEqual(row.headers, {
    ...sent.headers,
    'dead-group': 'service',
    'dead-reason': 'Error: not today',
    'dead-from': 'stock/0/0',
  })
})

test('a message that is no event dies without a handler, whatever it holds', async (t) => {
  const { database, bus } = await world(t)
  const db = await database()
  const kafka = bus('service')
  const onMoved = consumer(ThingMoved, ({ tx }, events) => record(tx, events))
  await kafka.start({ db, consumers: [onMoved] })
  const good = message({ thing: 'good', step: 1 })
  const withHeaders = (thing: string, more: Record<string, string>) => {
    const { headers, ...rest } = message({ thing, step: 1 })
    return { ...rest, value: '', headers: { ...headers, ...more } }
  }
  const longKey = randomBytes(3_000).toString('hex')
  await kafka.publish([
    { ...message({ thing: 'a', step: 1 }), value: 'not json' },
    { ...message({ thing: 'b', step: 1 }), value: '{"thing":"b","step":"one"}' },
    { ...message({ thing: 'c', step: 1 }), headers: {} },
    { ...message({ thing: 'd', step: 1 }), value: '"\\u0000"' },
    { ...message({ thing: 'e\0', step: 1 }), value: '\0' },
    { ...message({ thing: 'f', step: 1 }), value: '1e999999' },
    { ...message({ thing: 'g', step: 1 }), value: '"\\ud800"' },
    { ...message({ thing: 'h', step: 1 }), value: 'x'.repeat(900_000) },
    withHeaders('i', { 'a\0': 'b' }),
    withHeaders('j', { 'occurred-at': '0000-01-01T00:00:00Z' }),
    withHeaders('k', { 'occurred-at': '2026-01-01T00:00:00+23:00' }),
    { ...message({ thing: 'l', step: 1 }), key: longKey, value: '' },
    good,
  ])
  await until(async () => (await recorded(db)).length === 1, soon('the good event'))
  const { rows } = await db.query<{ key: string; payload: { base64: string }; bytes: number }>(
    `select aggregateid as key, payload, length(payload::text) as bytes
     from outbox order by position`,
  )
  assert.deepEqual(
    rows.map(({ key }) => key),
    [...'abcd', 'e\ufffd', ...'fghijk', longKey.slice(0, 500)],
  )
  const kept = rows.map(({ payload }) => Buffer.from(payload.base64, 'base64').toString())
  assert.deepEqual(kept.slice(4, 7), ['\0', '1e999999', '"\\ud800"'])
  assert.ok(rows.every(({ bytes }) => bytes < 1_000_000)) // what Kafka takes
})

test('the end of an event is told its key alone when nobody can read it', async (t) => {
  const { database, bus } = await world(t)
  const db = await database()
  const kafka = bus('service')
  const ends: { key: string; data: unknown }[] = []
  const onDead = async (_: unknown, { key, data }: { key: string; data: unknown }) =>
    ends.push({ key, data })
  const broken = async () => {
    throw new Error('\u{1f480}'.repeat(600)) // cut in the middle of one
  }
  await kafka.start({ db, consumers: [consumer(ThingMoved, broken, { onDead })] })
  const { headers } = message({ thing: 'c', step: 1 })
  await kafka.publish([
    { ...message({ thing: 'a', step: 1 }), value: 'not json' },
    { ...message({ thing: 'b', step: 1 }), value: '{"thing":"b","step":"one"}' },
    { ...message({ thing: 'c', step: 1 }), headers: { ...headers, id: 'no id' } },
    message({ thing: 'a', step: 2 }),
    { ...message({ thing: 'd', step: 1 }), value: '{"thing":"d","step":1,"more":"\\ud800"}' },
    { ...message({ thing: 'e', step: 1 }), value: '{"thing":"e","step":1,"more":[1e999999]}' },
  ])
  await until(async () => ends.length === 6, soon('all ends'))
  assert.deepEqual(
    ends.toSorted((a, b) => a.key.localeCompare(b.key)),
    [
      { key: 'a', data: undefined },
      { key: 'a', data: { thing: 'a', step: 2 } },
      { key: 'b', data: undefined },
      { key: 'c', data: undefined },
      { key: 'd', data: { thing: 'd', step: 1 } },
      { key: 'e', data: { thing: 'e', step: 1 } },
    ],
  )
})

test('when onDead fails too, the event is among the dead all the same', async (t) => {
  const { database, bus } = await world(t)
  const db = await database()
  const kafka = bus('service')
  const broken = async () => {
    throw new Error('broken')
  }
  const onMoved = consumer(ThingMoved, broken, { onDead: broken })
  await kafka.start({ db, consumers: [onMoved] })
  const endless = `{"thing":"y","step":1,"more":${'1'.repeat(140_000)}}` // jsonb can't hold it
  await kafka.publish([
    message({ thing: 'x', step: 1 }),
    message({ thing: 'x', step: 2 }),
    { ...message({ thing: 'y', step: 1 }), value: endless },
  ])
  await until(async () => {
    const { rows } = await db.query('select from outbox')
    return rows.length === 3
  }, soon('the dead letters'))
})

test('a fault of the database dead-letters nothing: the batch runs again', async (t) => {
  const { database, bus } = await world(t)
  const db = await database()
  const kafka = bus('service')
  let faults = 0
  const onMoved = consumer(ThingMoved, async ({ tx }, events) => {
    await record(tx, events)
    if (faults++ < 3) await tx.query('select pg_terminate_backend(pg_backend_pid())')
  })
  await kafka.start({ db, consumers: [onMoved] })
  await kafka.publish(steps('x', 3).map((step) => message(step)))
  await until(async () => (await recorded(db)).length === 3, soon('all events'))
  assert.deepEqual(
    (await recorded(db)).map(({ step }) => step),
    [0, 1, 2],
  )
  const { rows } = await db.query('select from outbox union all select from dead_keys')
  assert.equal(rows.length, 0)
})
