import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDb } from '@flashsale/service-kit/db.ts'
import { migrate } from '@flashsale/service-kit/migrate.ts'
import { timelineGuard, timelineMigrations } from '@flashsale/service-kit/timeline.ts'
import { startPair, until } from './postgres-pair.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

test('a killed Postgres that comes back is the same, a standby that was promoted is not', async (t) => {
  const { url, open, primary, standby, failOver, restartPrimary } = await startPair(
    t,
    'asynchronous',
  )
  const db = createDb(url, { max: 1 })
  await migrate(db, timelineMigrations)
  await db.close()
  const guard = timelineGuard({ standby: 'other', log: quiet })
  await guard.check(primary)
  await restartPrimary()
  const again = await open()
  await guard.check(again)

  const { rows } = await again.query('select accepted from timeline')
  await until(async () => {
    const copied = await standby.query('select accepted from timeline').catch(() => undefined)
    return copied?.rows[0]?.accepted === rows[0]?.accepted
  })
  await assert.rejects(guard.check(standby), { code: 'postgres.is-standby' })
  await failOver()
  await assert.rejects(guard.check(standby), { code: 'postgres.failed-over' })
  await timelineGuard({ standby: 'synchronous', log: quiet }).check(standby)
  await guard.check(standby) // accepted by then
})
