import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Client } from 'pg'
import { type Stack, startStack } from '../src/stack/stack.ts'
import { temporaryFolder } from './fake-part.ts'

test('an archived Postgres comes back at its own address as it was at a moment', async (t) => {
  let stack: Stack | undefined
  const folder = temporaryFolder(t, async () => stack?.stop({ wipe: true }))
  const stateDir = join(folder, 'state')
  stack = await startStack({ stateDir, parts: ['postgres'], external: {}, archived: true })
  await ask(stack, 'create table kept as select 1 as id')
  await stack.backUpPostgres()
  await ask(stack, 'insert into kept values (2)')
  const [row] = await ask(stack, 'select clock_timestamp() as now, pg_sleep(0.01)')
  await ask(stack, 'insert into kept values (3)')

  await stack.restorePostgres({ time: new Date(row.now.getTime() + 5) })
  const found = await ask(stack, 'select id from kept order by id')
  assert.deepEqual(found, [{ id: 1 }, { id: 2 }])
  await ask(stack, 'insert into kept values (4)')
})

async function ask({ addresses }: Stack, sql: string) {
  const client = new Client({ connectionString: addresses.postgres })
  client.on('error', () => {}) // its server is killed soon
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
