import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Db, Tx } from '@flashsale/service-kit/db.ts'
import { eventually } from '@flashsale/test-kit/wait.ts'
import { holdFence } from '../src/fence.ts'
import { testWorks, works } from './test-store.ts'

const timeout = 30_000
const by = (token: number) => ({ name: 'work', token })
const lost = { code: 'lease.lost' }

const write = (db: Db, token: number, afterFence: (tx: Tx) => Promise<unknown> = async () => {}) =>
  db.tx(async (tx) => {
    await holdFence(tx, by(token))
    await afterFence(tx)
    await tx.query('insert into works (by) values ($1)', [token])
  })

function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

test('after a later holder has written, an earlier one writes nothing more', async (t) => {
  const { db } = await testWorks(t)
  await write(db, 5)
  await write(db, 5)
  await write(db, 7)
  await assert.rejects(write(db, 5), lost)
  await assert.rejects(write(db, 6), lost)
  await write(db, 7)
  assert.deepEqual(await works(db), ['5', '5', '7', '7'])
})

test('fences of different names know nothing of each other', async (t) => {
  const { db } = await testWorks(t)
  await write(db, 7)
  await db.tx((tx) => holdFence(tx, { name: 'other work', token: 5 }))
})

test('a successor waits for what its predecessor has begun to write', { timeout }, async (t) => {
  const { db } = await testWorks(t)
  await write(db, 5)
  const [fenced, go] = [gate(), gate()]
  const earlier = write(db, 5, () => {
    fenced.open()
    return go.opened
  })
  await fenced.opened
  const later = write(db, 7)
  await waitsForLock(db)
  go.open()
  await Promise.all([earlier, later])
  assert.deepEqual(await works(db), ['5', '5', '7'])
})

test('a write that waited for its successor’s is refused', { timeout }, async (t) => {
  const { db } = await testWorks(t)
  await write(db, 5)
  const [fenced, go] = [gate(), gate()]
  const later = write(db, 7, () => {
    fenced.open()
    return go.opened
  })
  await fenced.opened
  const earlier = write(db, 5)
  const refused = assert.rejects(earlier, lost)
  await waitsForLock(db)
  go.open()
  await Promise.all([later, refused])
  assert.deepEqual(await works(db), ['5', '7'])
})

test('of two first writes at once the later holder’s is the last', { timeout }, async (t) => {
  const { db } = await testWorks(t)
  const [fenced, go] = [gate(), gate()]
  const later = write(db, 7, () => {
    fenced.open()
    return go.opened
  })
  await fenced.opened
  const refused = assert.rejects(write(db, 5), lost)
  await waitsForLock(db)
  go.open()
  await Promise.all([later, refused])
  assert.deepEqual(await works(db), ['7'])
})

test('transactions of one holder do not wait for each other', { timeout }, async (t) => {
  const { db } = await testWorks(t)
  await write(db, 5)
  await write(db, 5, () => write(db, 5)) // one begins and ends inside the other
  assert.equal((await works(db)).length, 3)
})

test('one frozen in its transaction is ended, its successor goes on', { timeout }, async (t) => {
  const { db } = await testWorks(t)
  await write(db, 5)
  const [fenced, go] = [gate(), gate()]
  const frozen = write(db, 5, () => {
    fenced.open()
    return go.opened
  })
  const ended = assert.rejects(frozen)
  await fenced.opened
  const atMs = performance.now()
  await write(db, 7)
  assert.ok(performance.now() - atMs < 8_000, 'sooner than any other idle transaction')
  go.open()
  await ended
  assert.deepEqual(await works(db), ['5', '7'])
})

const waitsForLock = (db: Db) =>
  eventually('a transaction that waits', async () => {
    const { rowCount } = await db.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return rowCount !== 0
  })
