import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { testDatabase } from '@flashsale/test-kit/db.ts'
import { createDb, type Db } from '../src/db.ts'
import { isTransient } from '../src/transient.ts'

async function database(t: TestContext): Promise<Db> {
  const db = createDb(await testDatabase(t), { max: 4 })
  t.after(db.close)
  await db.query('create table counters (name text primary key, value bigint not null)')
  await db.query("insert into counters values ('a', 0), ('b', 0)")
  return db
}
const add = 'update counters set value = value + 1 where name = $1'

test('bigints come back as numbers, and one that does not fit is an error', async (t) => {
  const db = await database(t)
  const { rows } = await db.query(
    'select 9007199254740991 as most, array[1, null]::bigint[] as list',
  )
  assert.deepEqual(rows, [{ most: Number.MAX_SAFE_INTEGER, list: [1, null] }])
  await assert.rejects(db.query('select 9007199254740992 as more'), { code: 'db.unsafe-number' })
})

test('a transaction that throws leaves nothing, and its connection can be used again', async (t) => {
  const db = await database(t)
  for (let i = 0; i < 10; i++) {
    const failing = db.tx(async (tx) => {
      await tx.query(add, ['a'])
      throw new Error('no')
    })
    await assert.rejects(failing, { message: 'no' })
  }
  const { rows } = await db.query("select value from counters where name = 'a'")
  assert.deepEqual(rows, [{ value: 0 }])
})

test('a commit that Postgres turns into a rollback is an error', async (t) => {
  const db = await database(t)
  const swallowing = db.tx(async (tx) => {
    await tx.query(add, ['a'])
    await tx.query('select 1 / 0').catch(() => {})
  })
  await assert.rejects(swallowing, { code: 'db.not-committed' })
})

test('both transactions of a deadlock succeed, the loser by running again', async (t) => {
  const db = await database(t)
  let runs = 0
  let meet = () => {}
  const met = new Promise<void>((resolve) => {
    meet = resolve
  })
  const both = (first: string, second: string) =>
    db.tx(async (tx) => {
      runs++
      await tx.query(add, [first])
      if (runs === 2) meet()
      await met
      await tx.query(add, [second])
    })
  await Promise.all([both('a', 'b'), both('b', 'a')])
  const { rows } = await db.query('select name, value from counters order by name')
  assert.deepEqual(rows, [
    { name: 'a', value: 2 },
    { name: 'b', value: 2 },
  ])
  assert.equal(runs, 3)
})

test('a read-only repeatable read sees one moment and can write nothing', async (t) => {
  const db = await database(t)
  const options = { isolation: 'repeatable read', readOnly: true } as const
  const read = (tx: { query: Db['query'] }) =>
    tx.query('select sum(value)::int as sum from counters')
  await db.tx(async (tx) => {
    const before = await read(tx)
    await db.query(add, ['a'])
    assert.deepEqual((await read(tx)).rows, before.rows)
  }, options)
  await assert.rejects(
    db.tx((tx) => tx.query(add, ['a']), options),
    { code: '25006' },
  )
})

test('a connection that Postgres ends is a transient fault, and the pool goes on', async (t) => {
  const db = await database(t)
  const end = 'select pg_terminate_backend(pg_backend_pid())'
  const error = await db.tx((tx) => tx.query(end)).catch((fault: unknown) => fault)
  assert.equal(isTransient(error), true, String(error))
  assert.equal((await db.query('select 1')).rowCount, 1)
})

test('what the database is away for is transient, what the work is to blame for is not', async (t) => {
  const db = await database(t)
  const nobody = createDb('postgres://a:b@127.0.0.1:1/none')
  const failed = async (work: Promise<unknown>) => isTransient(await work.catch((error) => error))
  assert.equal(await failed(nobody.query('select 1')), true)
  assert.equal(await failed(db.query('set statement_timeout = 1; select pg_sleep(1)')), true)
  assert.equal(await failed(db.query("insert into counters values ('a', 1)")), false)
  assert.equal(await failed(db.query('select nonsense')), false)
  assert.equal(await failed(Promise.reject(new Error('own fault'))), false)
  await nobody.close()
})

test('no more than so many wait for a connection: who comes after them fails at once', async (t) => {
  const db = createDb(await testDatabase(t), { max: 1, waitingMax: 5 })
  t.after(db.close)
  const { promise: release, resolve } = Promise.withResolvers<void>()
  const holding = db.tx(() => release)
  const waiting = Array.from({ length: 5 }, () => db.query('select 1'))
  await assert.rejects(db.query('select 1'), { code: '53300' })
  const refused = await db.tx(async () => {}).catch((error) => error)
  assert.equal(isTransient(refused), true)
  resolve()
  await Promise.all([holding, ...waiting])
  assert.equal((await db.query('select 1')).rowCount, 1)
})
