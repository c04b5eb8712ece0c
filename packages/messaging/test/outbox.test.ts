import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Db, Tx } from '@flashsale/service-kit/db.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { consumer } from '../src/consumer.ts'
import {
  addToOutbox,
  deleteFromOutbox,
  outboxEnd,
  outboxPassed,
  readOutbox,
} from '../src/outbox.ts'
import { startRelay } from '../src/relay.ts'
import { record, recorded, silent, soon, steps, ThingMoved, world } from './world.ts'

/** A transaction that stays open until it is told to end. */
async function heldOpen(db: Db, work: (tx: Tx) => Promise<unknown>) {
  let end = () => {}
  const told = new Promise<void>((resolve) => {
    end = resolve
  })
  let begun = () => {}
  const worked = new Promise<void>((resolve) => {
    begun = resolve
  })
  const committed = db.tx(async (tx) => {
    await work(tx)
    begun()
    await told
  })
  await worked
  return {
    commit: () => {
      end()
      return committed
    },
  }
}

/** The fence is the whole cluster's: what others write holds these rows back for a moment. */
const behindFence = (db: Db, count: number) =>
  until(
    async () => {
      const rows = await readOutbox(db, count)
      return rows.length === count && rows
    },
    soon(`${count} events to be behind the fence`),
  )

const move = (step: number) => (tx: Tx) => addToOutbox(tx, ThingMoved, [{ thing: 'a', step }])

test('events are written in their order, with what a reader needs to know', async (t) => {
  const db = await (await world(t)).database()
  await db.tx((tx) => addToOutbox(tx, ThingMoved, steps('a', 3)))
  const rows = await behindFence(db, 3)
  const read = rows.map(({ topic, key, type, value }) => ({
    topic,
    key,
    type,
    ...JSON.parse(value),
  }))
  const all = { topic: 'stock', key: 'a', type: 'thing.moved', thing: 'a' }
  assert.deepEqual(
    read,
    [0, 1, 2].map((step) => ({ ...all, step })),
  )
  assert.deepEqual(rows[0]?.headers, { version: '1' })
  assert.equal(new Set(rows.map(({ id }) => id)).size, 3)
})

test('an event that breaks its own contract is not written', async (t) => {
  const db = await (await world(t)).database()
  const broken = db.tx((tx) => addToOutbox(tx, ThingMoved, [{ thing: 'a', step: 0.5 }]))
  await assert.rejects(broken, { name: 'ZodError' })
  assert.deepEqual(await readOutbox(db, 10), [])
})

test('of two open transactions the smaller position commits last: read in order', async (t) => {
  const db = await (await world(t)).database()
  const withoutFence = 'select position from outbox order by position'
  const first = await heldOpen(db, move(1))
  const second = await heldOpen(db, move(2))
  await second.commit()

  // Without the fence the second event would go out now, in front of the first.
  assert.deepEqual((await db.query(withoutFence)).rows, [{ position: 2 }])
  assert.deepEqual(await readOutbox(db, 10), [])

  await first.commit()
  const rows = await behindFence(db, 2)
  assert.deepEqual(
    rows.map(({ value }) => JSON.parse(value).step),
    [1, 2],
  )
})

test('a relay that runs all the while loses and reorders nothing', async (t) => {
  const { database, bus, closeLater } = await world(t)
  const db = await database()
  const reader = bus('reader')
  const onMoved = consumer(ThingMoved, ({ tx }, events) => record(tx, events))
  await reader.start({ db, consumers: [onMoved] })
  const relay = startRelay({ db, bus: bus('writer'), holder: 'relay-0', log: silent })
  closeLater(relay.stop)

  for (let round = 0; round < 5; round++) {
    const first = await heldOpen(db, move(2 * round))
    const second = await heldOpen(db, move(2 * round + 1))
    await second.commit()
    await new Promise((resolve) => setTimeout(resolve, 60)) // time for the relay to do it wrong
    await first.commit()
  }
  await until(async () => (await recorded(db)).length === 10, soon('all events'))
  assert.deepEqual(
    (await recorded(db)).map(({ step }) => step),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  )
  assert.equal(await outboxEnd(db), 0)
})

test('the outbox has passed a position when nothing up to it waits', async (t) => {
  const db = await (await world(t)).database()
  await db.tx((tx) => addToOutbox(tx, ThingMoved, steps('a', 2)))
  const end = await outboxEnd(db)
  assert.equal(await outboxPassed(db, end), false)
  await deleteFromOutbox(db, [end])
  assert.equal(await outboxPassed(db, end), false)
  await deleteFromOutbox(db, [end - 1])
  assert.equal(await outboxPassed(db, end), true)
})

test('a flush waits until what was committed before it is published', async (t) => {
  const { database, bus, closeLater } = await world(t)
  const db = await database()
  const relay = startRelay({ db, bus: bus('writer'), holder: 'relay-0', log: silent })
  closeLater(relay.stop)
  const first = await heldOpen(db, move(0))
  await db.tx((tx) => addToOutbox(tx, ThingMoved, steps('a', 1))) // behind the fence of the first
  const flushed = relay.flush()
  await first.commit()
  await flushed
  assert.equal(await outboxEnd(db), 0)
})

test('a flush ends while Kafka takes nothing, and leaves all where it is', async (t) => {
  const { database, closeLater } = await world(t)
  const db = await database()
  const publish = () => new Promise<never>(() => {})
  const relay = startRelay({ db, bus: { publish }, holder: 'relay-0', log: silent })
  closeLater(relay.stop)
  await db.tx((tx) => addToOutbox(tx, ThingMoved, steps('a', 1)))
  await relay.flush()
  assert.equal((await readOutbox(db, 10)).length, 1)
})
