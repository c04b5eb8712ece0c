import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { consumer } from '../src/consumer.ts'
import { addToOutbox, deleteFromOutbox, outboxBacklog } from '../src/outbox.ts'
import { message, soon, steps, ThingMoved, world } from './world.ts'

test('how far behind a group is can be read while no member of it lives', async (t) => {
  const { database, bus } = await world(t, { partitions: 3 })
  const watcher = bus('watcher')
  const topic = ThingMoved.topic
  const backlog = () => watcher.backlog('service', topic)
  assert.deepEqual(await backlog(), { waiting: 0, done: 0 })
  const publish = (from: number, count: number) =>
    watcher.publish(
      Array.from({ length: count }, (_, i) => message({ thing: `t${from + i}`, step: 1 })),
    )
  await publish(0, 10)
  assert.deepEqual(await backlog(), { waiting: 10, done: 0 }) // it has never committed

  const db = await database()
  const member = bus('service')
  await member.start({ db, consumers: [consumer(ThingMoved, async () => {})] })
  await until(async () => (await backlog()).done === 10, soon('ten handled'))
  await member.close()
  await publish(10, 4)
  assert.deepEqual(await backlog(), { waiting: 4, done: 10 })
})

test('what waits in the outbox is told by its positions, and only ever grows by what came', async (t) => {
  const db = await (await world(t)).database()
  assert.deepEqual(await outboxBacklog(db), { waiting: 0, done: 0 })
  await db.tx((tx) => addToOutbox(tx, ThingMoved, steps('a', 5)))
  assert.deepEqual(await outboxBacklog(db), { waiting: 5, done: 0 })
  await deleteFromOutbox(db, [1, 2])
  assert.deepEqual(await outboxBacklog(db), { waiting: 3, done: 2 })
  await deleteFromOutbox(db, [3, 4, 5])
  assert.deepEqual(await outboxBacklog(db), { waiting: 0, done: 5 })
})
