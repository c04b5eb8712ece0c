import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Client } from 'pg'
import type { StandbyMode } from '../src/parts/postgres-standby.ts'
import { type Stack, startStack } from '../src/stack/stack.ts'
import { temporaryFolder } from './fake-part.ts'

test('after a promotion the old primary never runs as one again, not even in the next start', async (t) => {
  const start = stackStarter(t, 'synchronous')
  const stack = await start()
  await ask(stack, 'create table kept as select 1 as id')
  const promotion = await stack.promoteStandby()
  assert.equal(Number(new URL(stack.addresses.postgres).port), stack.settings.ports.postgresStandby)
  await ask(stack, 'insert into kept values (2)')
  t.diagnostic(`kill to first write, ms: ${JSON.stringify(promotion)}`)
  await stack.stop()

  const next = await start()
  assert.deepEqual(await ask(next, 'select id from kept order by id'), [{ id: 1 }, { id: 2 }])
  const [standby] = await ask(next, 'select sync_state from pg_stat_replication')
  assert.deepEqual(standby, { sync_state: 'quorum' }, 'the old one was made anew, as the standby')
})

test('what is committed after lagStandby is not there after a promotion', async (t) => {
  const stack = await stackStarter(t, 'asynchronous')()
  await ask(stack, 'create table kept as select 1 as id')
  await appliedBy(stack)
  stack.lagStandby()
  await ask(stack, 'insert into kept values (2)')

  await stack.promoteStandby()
  assert.deepEqual(await ask(stack, 'select id from kept'), [{ id: 1 }])
})

function stackStarter(t: TestContext, standby: StandbyMode) {
  let stack: Stack | undefined
  const stateDir = join(
    temporaryFolder(t, async () => stack?.stop({ wipe: true })),
    'state',
  )
  return async () => {
    stack = await startStack({ stateDir, parts: ['postgres'], external: {}, standby })
    return stack
  }
}

async function ask({ addresses }: Stack, sql: string): Promise<object[]> {
  const client = new Client({ connectionString: addresses.postgres })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

async function appliedBy(stack: Stack): Promise<void> {
  const sql = 'select from pg_stat_replication where replay_lsn >= pg_current_wal_lsn()'
  for (const deadline = Date.now() + 30_000; (await ask(stack, sql)).length === 0; ) {
    if (Date.now() > deadline) throw new Error('the standby does not follow')
  }
}
