import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { testDatabase } from '@flashsale/test-kit/db.ts'
import { contract, refuseContracted, sessionName } from '../src/contract.ts'
import { createDb } from '../src/db.ts'
import { migrate } from '../src/migrate.ts'
import { until } from '../src/wait.ts'

/** A release of a service: the migrations it knows, with what completes them. */
async function release(t: TestContext, files: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'flashsale-migrations-'))
  t.after(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'contract'))
  for (const [name, sql] of Object.entries(files)) await writeFile(join(folder, name), sql)
  return pathToFileURL(`${folder}/`)
}
const older = { '0001-things.sql': 'create table things (id int primary key)' }
const newer = {
  ...older,
  '0002-name.sql': 'alter table things add column name text',
  'contract/0002-name.sql': 'alter table things alter column name set not null',
}

async function twoReleases(t: TestContext) {
  const url = await testDatabase(t)
  const connect = async (name: string) => {
    const db = createDb(url, { name, max: 1 })
    t.after(() => db.close().catch(() => {})) // it may have left before
    await db.query('select 1')
    return db
  }
  const [before, now] = [await release(t, older), await release(t, newer)]
  const db = await connect(await sessionName('thing-1', now))
  await migrate(db, before)
  await migrate(db, now)
  const leave = async (session: typeof db, name: string) => {
    await session.close()
    const text = 'select from pg_stat_activity where application_name = $1'
    const isGone = async () => (await db.query(text, [name])).rowCount === 0
    await until(isGone, { timeoutMs: 15_000, what: `${name} to be gone` })
  }
  return { db, before, now, connect, leave }
}

test('what an older release can not live with waits until none is connected, and runs once', async (t) => {
  const { db, before, now, connect, leave } = await twoReleases(t)
  const nameless = await connect('thing-0') // of a release that did not say what it knows
  const refusal = { code: 'contract.older-release', facts: { migration: 'contract/0002-name.sql' } }
  const refused = (sessions: string[]) => ({ ...refusal, facts: { ...refusal.facts, sessions } })
  await assert.rejects(contract(db, now), refused(['thing-0']))
  await leave(nameless, 'thing-0')
  const old = await connect(await sessionName('thing-0', before))
  await assert.rejects(contract(db, now), refused(['thing-0 at 0001']))
  await db.query('insert into things (id) values (1)') // as the older release does
  await db.query('delete from things')
  await leave(old, 'thing-0 at 0001')

  await connect('things-list')
  assert.deepEqual(await contract(db, now, { besides: ['things-list'] }), [
    'contract/0002-name.sql',
  ])
  await assert.rejects(db.query('insert into things (id) values (1)'), { code: '23502' })
  assert.deepEqual(await contract(db, now), [])
})

test('a release that is older than what was taken away refuses to start', async (t) => {
  const { db, before, now } = await twoReleases(t)
  await refuseContracted(db, before)
  await contract(db, now)
  await refuseContracted(db, now)
  await assert.rejects(refuseContracted(db, before), { code: 'contract.too-old' })
})
