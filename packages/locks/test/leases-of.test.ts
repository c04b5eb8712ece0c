import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@flashsale/test-kit/wait.ts'
import { type LeaseStore, leasesOf } from '../src/leases-of.ts'

const timeout = 30_000
const TTL_MS = 500
const options = { ttlMs: TTL_MS, holder: 'a' }
const never = () => new Promise<never>(() => {})
const store: LeaseStore = {
  grant: async () => 7,
  extend: async () => true,
  release: async () => {},
}
const noAnswer = { code: 'lease.no-answer' }

test('a store that never answers is waited for no longer than a lease lasts', {
  timeout,
}, async () => {
  const leases = leasesOf({ ...store, grant: never })
  await assert.rejects(leases.acquire('work', options), noAnswer)

  const silent = await leasesOf({ ...store, extend: never, release: never }).acquire(
    'work',
    options,
  )
  assert.ok(silent)
  await assert.rejects(silent.extend(), noAnswer)
  await eventually('its end', () => silent.signal.aborted)
  assert.equal(await silent.extend(), false)
  await assert.rejects(silent.release(), noAnswer)
})

test('an extension that is answered when its time is over extends nothing', {
  timeout,
}, async () => {
  let answer = (_: boolean) => {}
  const extend = () =>
    new Promise<boolean>((resolve) => {
      answer = resolve
    })
  const lease = await leasesOf({ ...store, extend }).acquire('work', options)
  assert.ok(lease)
  const extending = lease.extend().catch(({ code }) => code)
  await eventually('its end', () => lease.signal.aborted)
  answer(true)
  assert.ok([false, 'lease.no-answer'].includes(await extending))
  assert.equal(await lease.extend(), false)
})

test('a process that was stopped knows at its next step that its time is over', async () => {
  const asked: string[] = []
  const extend = async () => {
    asked.push('extend')
    return true
  }
  const lease = await leasesOf({ ...store, extend }).acquire('work', options)
  assert.ok(lease)
  const untilMs = performance.now() + TTL_MS
  while (performance.now() < untilMs); // no timer runs meanwhile
  assert.equal(lease.signal.aborted, false)
  assert.equal(await lease.extend(), false)
  assert.equal(lease.signal.aborted, true)
  assert.deepEqual(asked, [])
})
