import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lostRows, rowsOf, startPair, startWriter, until } from './postgres-pair.ts'

const waitingInsert =
  "select from pg_stat_activity where wait_event = 'SyncRep' and query like 'insert%'"

test('no acknowledged commit is lost when a synchronous standby takes over (R18)', async (t) => {
  const { primary, standby, failOver } = await startPair(t, 'synchronous')
  await primary.query('create table written (id int primary key)')
  const writer = startWriter(primary)
  await writer.hasWritten()

  const promotedAfterMs = await failOver()
  assert.deepEqual(await lostRows(writer, standby), [])
  await standby.query('insert into written values (-1)')
  t.diagnostic(`${writer.acknowledged.length} commits acknowledged, 0 lost`)
  t.diagnostic(`kill to first write: ${Math.round(promotedAfterMs)} ms`)
})

test('nor is one when its line stalled before the primary died', async (t) => {
  const { primary, watcher, standby, replication, failOver } = await startPair(t, 'synchronous')
  await primary.query('create table written (id int primary key)')
  const writer = startWriter(primary)
  await writer.hasWritten()
  replication.stall()
  const before = writer.acknowledged.length
  await until(async () => {
    const { rowCount } = await watcher.query(waitingInsert)
    return rowCount === 1 || writer.acknowledged.length > before + 100
  })

  await failOver()
  assert.deepEqual(await lostRows(writer, standby), [])
})

test('acknowledged commits are lost when an asynchronous standby lags and takes over', async (t) => {
  const { primary, standby, replication, failOver } = await startPair(t, 'asynchronous')
  await primary.query('create table written (id int primary key)')
  const writer = startWriter(primary)
  await writer.hasWritten()
  replication.stall()
  await writer.hasWritten()

  await failOver()
  const lost = await lostRows(writer, standby)
  assert.ok(lost.length >= 200, `only ${lost.length} lost: this test could not see a loss`)
  t.diagnostic(`${writer.acknowledged.length} commits acknowledged, ${lost.length} lost`)
})

test('commits wait while the synchronous standby is away, and go on by themselves', async (t) => {
  const { primary, watcher, standby, replication } = await startPair(t, 'synchronous')
  await primary.query('create table written (id int primary key)')
  const writer = startWriter(primary)
  await writer.hasWritten()

  replication.cut()
  await until(async () => (await watcher.query(waitingInsert)).rowCount === 1)
  const waiting = writer.acknowledged.length
  const { rows } = await watcher.query('select count(*)::int as seen from written')
  assert.equal(rows[0].seen, waiting, 'nobody sees the row whose commit waits')

  await replication.restore()
  await writer.hasWritten()
  await until(async () => (await rowsOf(standby)).has(waiting)) // on its disk, and applied soon
})

test('a reader of the standby does not hold up its promotion', async (t) => {
  const { primary, standby, reader, failOver } = await startPair(t, 'synchronous')
  await primary.query('create table written (id int primary key)')
  await primary.query('insert into written select generate_series(1, 1000)')
  await until(async () => (await rowsOf(standby)).size === 1_000)
  await reader.query('begin isolation level repeatable read')
  await reader.query('select count(*) from written')
  await primary.query('delete from written')
  await primary.query('vacuum written') // what the reader may still look at
  await primary.query('insert into written values (-1)')

  const promotedAfterMs = await failOver()
  assert.ok(promotedAfterMs < 20_000, `${promotedAfterMs} ms`) // Postgres' own patience is 30 s
  assert.deepEqual([...(await rowsOf(standby))], [-1])
})
