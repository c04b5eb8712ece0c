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

/** Does `work` while a transaction with this token is open behind the fence. */
async function during(db: Db, token: number, work: () => Promise<unknown>) {
  let go = () => {}
  const told = new Promise<void>((resolve) => {
    go = resolve
  })
  let open: Promise<void> | undefined
  await new Promise<void>((resolve, reject) => {
    open = write(db, token, () => {
      resolve()
      return told
    })
    open.catch(reject)
  })
  try {
    await work()
  } finally {
    go()
  }
  await open
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
  let later: Promise<void> | undefined
  await during(db, 5, async () => {
    later = write(db, 7)
    await waitsForLock(db)
  })
  await later
  assert.deepEqual(await works(db), ['5', '5', '7'])
})

for (const written of [['5'], []]) {
  const title = `a write that waited for its successor’s ${written.length ? '' : 'first '}is refused`
  test(title, { timeout }, async (t) => {
    const { db } = await testWorks(t)
    for (const by of written) await write(db, Number(by))
    let refused: Promise<void> | undefined
    await during(db, 7, async () => {
      refused = assert.rejects(write(db, 5), lost)
      await waitsForLock(db)
    })
    await refused
    assert.deepEqual(await works(db), [...written, '7'])
  })
}

test('transactions of one holder do not wait for each other', { timeout }, async (t) => {
  const { db } = await testWorks(t)
  await write(db, 5)
  await write(db, 5, () => write(db, 5)) // one begins and ends inside the other
  assert.equal((await works(db)).length, 3)
})

test('one frozen in its transaction is ended, its successor goes on', { timeout }, async (t) => {
  const { db } = await testWorks(t)
  await write(db, 5)
  let waitedMs = 0
  const frozen = during(db, 5, async () => {
    const atMs = performance.now()
    await write(db, 7)
    waitedMs = performance.now() - atMs
  })
  await assert.rejects(frozen)
  assert.deepEqual(await works(db), ['5', '7'])
  assert.ok(waitedMs < 8_000, `${waitedMs} ms: sooner than for other idle transactions`)
})

const waitsForLock = (db: Db) =>
  eventually('a transaction that waits', async () => {
    const { rowCount } = await db.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return rowCount !== 0
  })
