import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Client } from 'pg'
import { startStack } from '../src/stack/stack.ts'
import { temporaryFolder } from './fake-part.ts'

test('Postgres and Redis come up below a folder that only its owner can enter', async (t) => {
  const stateDir = join(temporaryFolder(t), 'state') // made by mkdtemp: mode 0700
  const stack = await startStack({ stateDir, parts: ['postgres', 'redis'], external: {} })
  const elsewhere = join(stateDir, 'postgres-is-at')
  const data = existsSync(elsewhere) ? readFileSync(elsewhere, 'utf8') : join(stateDir, 'postgres')
  try {
    const client = new Client({ connectionString: stack.addresses.postgres })
    await client.connect()
    const { rows } = await client.query("select current_setting('fsync') as fsync")
    await client.end()
    assert.deepEqual(rows, [{ fsync: 'on' }])
  } finally {
    await stack.stop({ wipe: true })
  }
  assert.ok(!existsSync(data), 'the data is gone after a wipe')
  assert.deepEqual(readdirSync(stateDir), [])
  assert.ok(stack.status().every(({ pid }) => pid === null))
})
