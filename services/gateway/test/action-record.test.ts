import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import type { ActionId, ActionNote } from '@flashsale/contracts/http/admin-actions.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { startActionRecord } from '../src/jobs/action-record.ts'

const note = (): ActionNote => ({
  id: randomUUID() as ActionId,
  stage: 'wanted',
  at: new Date().toISOString(),
  who: 'operator',
  address: '127.0.0.1',
  action: 'buyer.ban',
  target: 'buyer:1',
})

function world(t: TestContext) {
  let takes: 'yes' | 'no' | 'throws' = 'yes'
  const taken: ActionNote[] = []
  const logged: unknown[] = []
  const log = {
    debug() {},
    info() {},
    warn: (facts: object) => void logged.push(facts),
    error: (facts: object) => void logged.push(facts),
  }
  const write = async (one: ActionNote) => {
    if (takes === 'throws') throw new Error('it broke')
    if (takes === 'yes') taken.push(one)
    return takes === 'yes'
  }
  const actions = { write, list: async () => ({ kind: 'unreachable' }) as const }
  const record = startActionRecord({ actions, log, everyMs: 5 })
  t.after(record.stop)
  const ledger = (now: typeof takes) => {
    takes = now
  }
  return { record, taken, logged, ledger }
}

test('records that could not be written wait, in their order, and are in the log at once', async (t) => {
  const { record, taken, logged, ledger } = world(t)
  const notes = Array.from({ length: 5 }, note)
  for (const [n, one] of notes.entries()) {
    ledger(n % 2 ? 'throws' : 'no')
    await record.writeLater(one)
  }
  assert.deepEqual(taken, [])
  for (const one of notes) assert.ok(logged.some((facts) => JSON.stringify(facts).includes(one.id)))
  ledger('yes')
  await until(() => taken.length === notes.length, { timeoutMs: 10_000, what: 'all to be taken' })
  assert.deepEqual(taken, notes)
  const next = note()
  await record.writeLater(next)
  assert.equal(taken.at(-1), next)
})

test('what must be on record before is not when it could not be written, and does not come later', async (t) => {
  const { record, taken, ledger } = world(t)
  for (const trouble of ['no', 'throws'] as const) {
    ledger(trouble)
    assert.equal(await record.write(note()), false)
  }
  ledger('yes')
  assert.equal(await record.write(note()), true)
  await record.stop()
  assert.equal(taken.length, 1)
})

test('a gateway that ends writes what waits', async (t) => {
  const { record, taken, ledger } = world(t)
  ledger('no')
  const one = note()
  await record.writeLater(one)
  ledger('yes')
  await record.stop()
  assert.deepEqual(taken, [one])
})
