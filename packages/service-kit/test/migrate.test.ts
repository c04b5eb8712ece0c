import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { testDatabase } from '@flashsale/test-kit/db.ts'
import { createDb } from '../src/db.ts'
import { createLog } from '../src/log.ts'
import { migrate, migrateAll, refusalOf, whenMigrated } from '../src/migrate.ts'

async function migrations(t: TestContext, files: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'flashsale-migrations-'))
  t.after(() => rm(folder, { recursive: true }))
  const write = async (name: string, sql: string) => writeFile(join(folder, name), sql)
  for (const [name, sql] of Object.entries(files)) await write(name, sql)
  return { url: pathToFileURL(`${folder}/`), write }
}

async function database(t: TestContext) {
  const db = createDb(await testDatabase(t))
  t.after(db.close)
  return db
}

const table = 'create table things (id int primary key);'
const row = 'insert into things values (1);'

test('migrations run once, in order, under eight runners at a time', async (t) => {
  const db = await database(t)
  const { url } = await migrations(t, { '0002-row.sql': row, '0001-table.sql': table })
  await Promise.all(Array.from({ length: 8 }, () => migrate(db, url)))
  await migrate(db, url)
  const { rows } = await db.query('select count(*) as count from things')
  assert.deepEqual(rows, [{ count: 1 }])
})

test('a migration that is added later runs, those before it do not run again', async (t) => {
  const db = await database(t)
  const { url, write } = await migrations(t, { '0001-table.sql': table, '0002-row.sql': row })
  await migrate(db, url)
  await write('0003-row.sql', 'insert into things values (3);')
  await migrate(db, url)
  const { rows } = await db.query('select array_agg(id order by id) as ids from things')
  assert.deepEqual(rows, [{ ids: [1, 3] }])
})

test('a migration that was changed after it ran is refused', async (t) => {
  const db = await database(t)
  const { url, write } = await migrations(t, { '0001-table.sql': table })
  await migrate(db, url)
  await write('0001-table.sql', 'create table others (id int);')
  await assert.rejects(migrate(db, url), {
    code: 'migrate.changed',
    facts: { name: '0001-table.sql' },
  })
})

test('when one migration fails, none of them ran', async (t) => {
  const db = await database(t)
  const { url, write } = await migrations(t, {
    '0001-table.sql': table,
    '0002-bad.sql': 'nonsense',
  })
  await assert.rejects(migrate(db, url), { code: '42601' })
  await write('0002-bad.sql', row)
  await migrate(db, url)
  const { rows } = await db.query('select id from things')
  assert.deepEqual(rows, [{ id: 1 }])
})

test('who waits for migrations goes on when the last file of the last folder has run, and runs none itself', async (t) => {
  const db = await database(t)
  const first = await migrations(t, { '0001-table.sql': table })
  const second = await migrations(t, { '0002-row.sql': row })
  const folders = [first.url, second.url]
  const wait = { timeoutMs: 20_000, log: createLog('test') }
  let isOver = false
  const waiting = whenMigrated(db, folders, wait).then(() => {
    isOver = true
  })
  await migrate(db, first.url)
  await assert.rejects(whenMigrated(db, folders, { ...wait, timeoutMs: 1 }), {
    code: 'migrate.not-run',
    facts: { missing: '0002-row.sql', timeoutMs: 1 },
  })
  assert.equal(isOver, false)
  assert.deepEqual(await migrateAll(db, folders), ['0002-row.sql'])
  await waiting
})

test('a Postgres before 15 is refused in one line, a later one is not', () => {
  const refusal = 'Postgres 14.19 (Debian) is too old: the oldest supported is 15'
  assert.equal(refusalOf('14.19 (Debian)'), refusal)
  assert.equal(refusalOf('9.6.24'), 'Postgres 9.6.24 is too old: the oldest supported is 15')
  for (const version of ['15.0', '15.18 (Debian 15.18-0)', '18.4', '19beta1']) {
    assert.equal(refusalOf(version), undefined)
  }
})
