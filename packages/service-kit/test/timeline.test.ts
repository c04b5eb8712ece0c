import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { testDatabase } from '@flashsale/test-kit/db.ts'
import { createDb } from '../src/db.ts'
import { migrate } from '../src/migrate.ts'
import {
  accept,
  hold,
  type PostgresStandby,
  readTimeline,
  timelineGuard,
  timelineMigrations,
  whenAccepted,
} from '../src/timeline.ts'
import { isTransient } from '../src/transient.ts'
import { until } from '../src/wait.ts'

const REFUSED = { code: 'postgres.failed-over' }
const WITHIN = { timeoutMs: 10_000 }

async function world(t: TestContext) {
  const url = await testDatabase(t)
  const lines: string[] = []
  const write = (_facts: object, sentence: string) => void lines.push(sentence)
  const log = { debug: write, info: write, warn: write, error: write }
  const service = (standby: PostgresStandby = 'other') => {
    const db = createDb(url, { max: 3, guard: timelineGuard({ standby, log }) })
    t.after(db.close)
    return db
  }
  const person = createDb(url, { max: 1 })
  t.after(person.close)
  await migrate(person, timelineMigrations)
  /** The database as it was on another timeline: what a standby that was promoted holds. */
  const failOver = () => person.query("update timeline set accepted = '1/00000000'")
  return { service, person, failOver, lines }
}

test('the first start accepts the timeline it finds', async (t) => {
  const { service, person } = await world(t)
  const row = await readTimeline(person)
  assert.equal(row?.accepted, row?.found)
  assert.match(row?.accepted ?? '', /^\d+\/[0-9A-F]{8}$/)
  assert.equal((await service().query('select 1 as one')).rowCount, 1)
})

test('a new timeline refuses every connection as transient, and says so once', async (t) => {
  const { service, failOver, lines } = await world(t)
  await failOver()
  const db = service()
  for (const work of [() => db.query('select 1'), () => db.tx(async () => {})]) {
    const refused = await work().then(
      () => undefined,
      (error: unknown) => error,
    )
    assert.ok(isTransient(refused), String(refused))
  }
  await assert.rejects(db.pool.connect(), REFUSED) // as the relay takes its own
  assert.equal(db.failedOver(), true)
  assert.equal(lines.filter((line) => line.includes('recover-ledger')).length, 1)
})

test('a connection that was there before is refused too, within moments', async (t) => {
  const { service, failOver } = await world(t)
  const db = service()
  await db.query('select 1')
  await failOver()
  await until(() => db.failedOver(), { ...WITHIN, what: 'the new timeline to be seen' })
  await assert.rejects(db.query('select 1'), REFUSED)
})

test('what waits goes on by itself once a person has accepted the timeline', async (t) => {
  const { service, person, failOver } = await world(t)
  await failOver()
  const db = service()
  const started = whenAccepted(db)
  await assert.rejects(db.query('select 1'), REFUSED)
  await accept(person)
  await started
  await until(() => !db.failedOver(), { ...WITHIN, what: 'work to go on' })
  await db.query('select 1')
})

test('a new timeline of a synchronous standby is taken over by itself', async (t) => {
  const { service, person, failOver } = await world(t)
  await failOver()
  await service('synchronous').query('select 1')
  const row = await readTimeline(person)
  assert.equal(row?.accepted, row?.found)
})

test('what a person holds stays held, synchronous standby or not', async (t) => {
  const { service, person, failOver } = await world(t)
  await hold(person)
  await assert.rejects(service('synchronous').query('select 1'), REFUSED)
  await failOver()
  await assert.rejects(service('synchronous').query('select 1'), REFUSED)
  await accept(person)
  await service('synchronous').query('select 1')
})
