import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { testDatabase } from '@flashsale/test-kit/db.ts'
import { randomName, randomSecret } from '@flashsale/test-kit/random.ts'
import { servers } from '@flashsale/test-kit/servers.ts'
import { createDb } from '../src/db.ts'
import { migrate, migrateAtStart } from '../src/migrate.ts'

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
  t.after(async () => {
    await asRuntime.close()
    await owner.query(`drop owned by ${runtime}`).catch(() => {})
    await owner.close()
    await superuser.query(`drop role ${runtime}`)
    await superuser.close()
    await rm(folder, { recursive: true })
  })
  const migrations = pathToFileURL(`${folder}/migrations/`)
  return { owner, asRuntime, runtime, grant, migrations, superuser }
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
