import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { testDatabase } from '@flashsale/test-kit/db.ts'
import { randomName, randomSecret } from '@flashsale/test-kit/random.ts'
import { servers } from '@flashsale/test-kit/servers.ts'
import { contract, sessionName } from '../src/contract.ts'
import { createDb } from '../src/db.ts'
import { migrate, migrateAtStart } from '../src/migrate.ts'
import { RECOVERY_NAME, recoveryStep } from '../src/recovery.ts'
import { timelineMigrations } from '../src/timeline.ts'

const NOT_ALLOWED = { code: '42501' }
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** A service with one table, its owner, and the role that it runs as. */
async function service(t: TestContext, { attributes = '' } = {}) {
  const url = await testDatabase(t)
  const [runtime, password] = [randomName(), randomSecret()]
  const superuser = createDb(servers.postgresUrl(), { max: 1 })
  await superuser.query(`create role ${runtime} login ${attributes} password '${password}'`)
  const folder = await mkdtemp(join(tmpdir(), 'flashsale-grants-'))
  await mkdir(join(folder, 'migrations'))
  const grant = (what: string) => {
    const sql = `revoke all on things from :"runtime"; grant ${what} on things to :"runtime";
      grant select on migrations to :"runtime";`
    return writeFile(join(folder, 'grants.sql'), sql)
  }
  await writeFile(join(folder, 'migrations/0001-things.sql'), 'create table things (id int)')
  const owner = createDb(url, { max: 2 })
  const at = new URL(url)
  Object.assign(at, { username: runtime, password })
  const asRuntime = createDb(at.href, { max: 1 })
  const opened = [asRuntime]
  t.after(async () => {
    for (const db of opened) await db.close()
    await owner.query(`drop owned by ${runtime}`).catch(() => {})
    await owner.close()
    await superuser.query(`drop role ${runtime}`)
    await superuser.close()
    await rm(folder, { recursive: true })
  })
  const migrations = pathToFileURL(`${folder}/migrations/`)
  const open = (as: 'owner' | 'runtime', name: string) => {
    const db = createDb(as === 'owner' ? url : at.href, { name, max: 1 })
    opened.push(db)
    return db
  }
  return { owner, asRuntime, runtime, grant, migrations, superuser, open, folder }
}

test('the role that a service runs as may do what is granted, and no more after the next grants', async (t) => {
  const { owner, asRuntime, runtime, grant, migrations } = await service(t)
  await grant('select, insert, delete')
  const starting = migrateAtStart(asRuntime, [migrations], { how: 'wait', log })
  assert.deepEqual(await migrate(owner, migrations, { runtimeRole: runtime }), ['0001-things.sql'])
  await starting // it could connect, and saw the record, only when all was granted

  await asRuntime.query('insert into things values (1)')
  await assert.rejects(asRuntime.query('update things set id = 2'), NOT_ALLOWED)
  await assert.rejects(asRuntime.query('drop table things'), NOT_ALLOWED)
  await assert.rejects(asRuntime.query('create table others (id int)'), NOT_ALLOWED)
  await assert.rejects(asRuntime.query('create temporary table others (id int)'), NOT_ALLOWED)

  await grant('select')
  assert.deepEqual(await migrate(owner, migrations, { runtimeRole: runtime }), [])
  await assert.rejects(asRuntime.query('insert into things values (2)'), NOT_ALLOWED)
  assert.equal((await asRuntime.query('select from things')).rowCount, 1)
})

test('a role that grants would not bind is refused', async (t) => {
  const mighty = await service(t, { attributes: 'createrole' })
  await mighty.grant('select')
  const asMighty = migrate(mighty.owner, mighty.migrations, { runtimeRole: mighty.runtime })
  await assert.rejects(asMighty, { code: 'migrate.mighty-role' })

  const { owner, migrations, runtime, superuser, grant } = await service(t)
  await grant('select')
  const { rows } = await owner.query<{ name: string }>('select current_user as name')
  await superuser.query(`grant ${rows[0]?.name} to ${runtime}`)
  const asOwner = migrate(owner, migrations, { runtimeRole: runtime })
  await assert.rejects(asOwner, { code: 'migrate.mighty-role' })
  const asNobody = migrate(owner, migrations, { runtimeRole: 'nobody_at_all' })
  await assert.rejects(asNobody, { code: 'migrate.no-role' })
  assert.equal((await owner.query("select from pg_tables where tablename = 'things'")).rowCount, 0)
})

test('a recovery ends the sessions of the role that a service runs as, or fails where it may not', async (t) => {
  const { owner, asRuntime, runtime, superuser, open } = await service(t)
  await migrate(owner, timelineMigrations, { runtimeRole: runtime })
  const hold = async () =>
    recoveryStep({ verb: 'hold', db: open('owner', RECOVERY_NAME), winBack: async () => {} })
  const session = async () => {
    const { rows } = await asRuntime.query<{ pid: number }>('select pg_backend_pid() as pid')
    return rows[0]?.pid
  }
  const pid = await session()
  // Asked before: a hold ends the owner's other sessions, that of this pool too.
  const { rows } = await owner.query<{ name: string }>('select current_user as name')
  await assert.rejects(hold(), NOT_ALLOWED)
  await superuser.query(`grant ${runtime} to ${rows[0]?.name}`)
  await hold()
  const left = await superuser.query('select from pg_stat_activity where pid = $1', [pid])
  assert.equal(left.rowCount, 0)
})

test('an older release is seen, whatever role it runs as', async (t) => {
  const { owner, runtime, grant, migrations, open, folder } = await service(t)
  await grant('select')
  await migrate(owner, migrations, { runtimeRole: runtime })
  const older = open('runtime', await sessionName('thing-0', migrations))
  await older.query('select 1')
  await writeFile(join(folder, 'migrations/0002-name.sql'), 'alter table things add name text')
  await mkdir(join(folder, 'migrations/contract'))
  const needs = 'alter table things alter column name set not null'
  await writeFile(join(folder, 'migrations/contract/0002-name.sql'), needs)
  const db = open('owner', await sessionName('thing-1', migrations))
  await migrate(db, migrations, { runtimeRole: runtime })
  const refusal = { code: 'contract.older-release', facts: { sessions: ['thing-0 at 0001'] } }
  const besides = ['flashsale'] // the test's own
  await assert.rejects(contract(db, migrations, { besides }), ({ code, facts }) => {
    assert.deepEqual({ code, facts: { sessions: facts.sessions } }, refusal)
    return true
  })
})
