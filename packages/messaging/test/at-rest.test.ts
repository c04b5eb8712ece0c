import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { consumer } from '../src/consumer.ts'
import { message, record, recorded, soon, ThingMoved, world } from './world.ts'

// As released, kafkajs sets a timer of 1 ms for every connection, over and over; Node warns of it once.
test('a bus that has nothing to do does nothing', async (t) => {
  const warnings: string[] = []
  const note = ({ name }: Error) => warnings.push(name)
  process.on('warning', note)
  t.after(() => process.off('warning', note))

  const { database, bus } = await world(t)
  const db = await database()
  const kafka = bus('service')
  await kafka.start({ db, consumers: [consumer(ThingMoved, ({ tx }, all) => record(tx, all))] })
  await kafka.publish([message({ thing: 'x', step: 0 })])
  await until(async () => (await recorded(db)).length === 1, soon('the event'))
  assert.ok(!warnings.includes('TimeoutNegativeWarning'), String(warnings))
})
