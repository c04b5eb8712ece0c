import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { archiveUntilNow } from '../src/parts/postgres-archive.ts'
import { temporaryFolder } from './fake-part.ts'
import { outOfBounds, pointInTime, startArchived } from './postgres-archived.ts'
import { rowsOf } from './postgres-pair.ts'

const run = promisify(execFile)
const nothing = { missing: [], later: [] }
const archiveScript = join(import.meta.dirname, '../postgres/archive-wal.sh')

test('a server that never stopped writing is restored up to a named point and no further', async (t) => {
  const { watcher, writer, restore } = await startArchived(t)
  const bounds = await pointInTime(writer, async () => {
    await watcher.query("select pg_create_restore_point('before the mistake')")
  })
  await writer.hasWritten()
  await archiveUntilNow(watcher)

  const restored = await restore({ name: 'before the mistake' })
  assert.deepEqual(outOfBounds(bounds, await rowsOf(restored)), nothing)
  await restored.query('insert into written values (-1)') // it is a primary of its own now
})

test('and up to a moment', async (t) => {
  const { watcher, writer, restore } = await startArchived(t)
  let time = new Date()
  const bounds = await pointInTime(writer, async () => {
    const { rows } = await watcher.query('select clock_timestamp() as now')
    time = new Date(rows[0].now.getTime() + 1) // a Date leaves out the microseconds
    await watcher.query('select pg_sleep(0.002)')
  })
  await writer.hasWritten()
  await archiveUntilNow(watcher)

  const restored = await restore({ time })
  assert.deepEqual(outOfBounds(bounds, await rowsOf(restored)), nothing)
})

test('a point that the archive does not reach is an error, not a server with less in it', async (t) => {
  const { watcher, writer, restore, log } = await startArchived(t)
  await writer.hasWritten()
  await archiveUntilNow(watcher)

  const restored = restore({ name: 'never made' })
  restored.catch(() => {}) // stopped at the end of the test, still not ready
  await log('recovery ended before configured recovery target was reached')
})

test('a WAL file archived again is no fault, and is never written over by another', async (t) => {
  const folder = temporaryFolder(t)
  const [archive, wal] = [join(folder, 'archive'), join(folder, 'wal')]
  mkdirSync(archive)
  const archiveIt = () => run('/bin/sh', [archiveScript, archive, wal, '000000010000000000000001'])
  writeFileSync(wal, 'one story')
  await archiveIt()
  await archiveIt() // Postgres asks again when it died before it noted the first time

  writeFileSync(wal, 'another server, another story')
  await assert.rejects(archiveIt)
  assert.deepEqual(readdirSync(archive), ['000000010000000000000001'])
  assert.equal(readFileSync(join(archive, '000000010000000000000001'), 'utf8'), 'one story')
})
