import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDb } from '@flashsale/service-kit/db.ts'
import { createLog } from '@flashsale/service-kit/log.ts'
import { migrate } from '@flashsale/service-kit/migrate.ts'
import { timelineGuard, timelineMigrations } from '@flashsale/service-kit/timeline.ts'
import { startPair, startWriter, until } from './postgres-pair.ts'

const waiting = (sql: string) =>
  `select from pg_stat_activity where wait_event = 'SyncRep' and query like '${sql}%'`

test('after a crash no service sees a row that waits for the standby, before it is there', async (t) => {
  const pair = await startPair(t, 'synchronous')
  const { primary, watcher, standby, replication } = pair
  const db = createDb(pair.url, {
    guard: timelineGuard({ standby: 'synchronous', log: createLog('test') }),
  })
  t.after(db.close)
  await migrate(db, timelineMigrations)
  await primary.query('create table written (id int primary key)')
  replication.cut()
  const writer = startWriter(primary)
  await until(async () => (await watcher.query(waiting('insert'))).rowCount === 1)
  await pair.restartPrimary()
  await writer.broken

  const onlooker = await pair.open()
  const rows = 'select id from written'
  assert.deepEqual(writer.acknowledged, [])
  assert.equal((await onlooker.query(rows)).rowCount, 1, 'who does not ask for more sees it')
  let seen = false
  const service = db.query(rows).then((result) => {
    seen = true
    return result.rows
  })
  service.catch(() => {})
  const isWaiting = async () => (await onlooker.query(waiting('select pg_logical'))).rowCount === 1
  await until(async () => seen || (await isWaiting()))
  assert.equal(seen, false)

  await replication.restore()
  assert.deepEqual(await service, [{ id: 0 }])
  await until(async () => (await standby.query(rows)).rowCount === 1)
})
