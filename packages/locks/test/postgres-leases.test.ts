import assert from 'node:assert/strict'
import { test } from 'node:test'
import { granted, LONG_MS } from './claim.ts'
import { conformance } from './conformance.ts'
import { postgresStore } from './test-store.ts'

conformance('Postgres', postgresStore)

test('who waits for another’s lease writes nothing', async (t) => {
  const { open, db } = await postgresStore(t)
  const leases = await open()
  await granted(leases, 'a')
  for (let i = 0; i < 5; i++) {
    assert.equal(await leases.acquire('work', { ttlMs: LONG_MS, holder: 'b' }), undefined)
  }
  const { rows } = await db.query('select xmax::text from leases') // set by a lock as by a change
  assert.deepEqual(rows, [{ xmax: '0' }])
})
