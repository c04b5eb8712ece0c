import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Client } from 'pg'
import { dropDatabases, makeDatabases } from '../src/stack/databases.ts'
import { portsFrom } from '../src/stack/ports.ts'
import { addresses, databases, externalServers, makeSettings } from '../src/stack/settings.ts'
import { temporaryFolder } from './fake-part.ts'

async function makeAll(t: TestContext) {
  const { postgres } = externalServers(process.env)
  assert.ok(postgres, 'POSTGRES_URL names the server; ./dev test sets it')
  const settings = makeSettings(temporaryFolder(t), portsFrom(1), { postgres })
  const to = addresses(settings)
  t.after(() => dropDatabases(to))
  await makeDatabases(to, settings)
  return { settings, to }
}

async function query(url: string, text: string): Promise<number | null> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rowCount
  } finally {
    await client.end()
  }
}

test('each service can work in its own database, and is refused by the others', async (t) => {
  const { to } = await makeAll(t)
  for (const own of databases) {
    const { url, name } = to.databases[own]
    await query(url, 'create table works (id int)')
    for (const other of databases.filter((database) => database !== own)) {
      const elsewhere = new URL(url)
      elsewhere.pathname = `/${to.databases[other].name}`
      await assert.rejects(
        query(elsewhere.href, 'select 1'),
        { code: '42501' }, // insufficient_privilege
        `${name} got into the database of ${other}`,
      )
    }
  }
})

test('a wrong password is refused', async (t) => {
  const { to } = await makeAll(t)
  const url = new URL(to.databases.order.url)
  url.password = 'guess'
  await assert.rejects(query(url.href, 'select 1'), { code: '28P01' })
})

test('making the databases again changes nothing in them', async (t) => {
  const { to, settings } = await makeAll(t)
  await query(to.databases.order.url, 'create table kept (id int)')
  await Promise.all([makeDatabases(to, settings), makeDatabases(to, settings)])
  assert.equal(await query(to.databases.order.url, 'select from kept'), 0)
})
