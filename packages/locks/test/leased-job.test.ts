import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { eventually } from '@flashsale/test-kit/wait.ts'
import { type LeasedJobOptions, startLeasedJob } from '../src/leased-job.ts'
import { postgresStore, redisStore, type TestStore } from './test-store.ts'

const timeout = 60_000
const TTL_MS = 1_000
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const soon = { timeoutMs: 20_000 }

/** Jobs of several instances: who ran last, and how many at most ran at once. */
function crew(t: TestContext, { open }: TestStore) {
  const ran: string[] = []
  const at = { once: 0, most: 0 }
  const start = async (holder: string, options: Partial<LeasedJobOptions> = {}) => {
    const { run = async () => {}, ...others } = options
    const job = startLeasedJob({
      leases: await open(),
      lease: 'work',
      name: 'work',
      holder,
      ttlMs: TTL_MS,
      everyMs: 20,
      log: silent,
      ...others,
      async run(signal, lease) {
        at.most = Math.max(at.most, ++at.once)
        ran.push(holder)
        try {
          return await run(signal, lease)
        } finally {
          at.once--
        }
      },
    })
    t.after(job.stop)
    return job
  }
  const runs = (holder: string, times = 1) => {
    const before = ran.length
    const count = () => ran.slice(before).filter((by) => by === holder).length
    return eventually(`${holder} to work`, () => count() >= times, soon)
  }
  return { ran, at, start, runs }
}

for (const [name, openStore] of Object.entries({ Postgres: postgresStore, Redis: redisStore })) {
  test(`${name}: of two instances one works, until it stops`, { timeout }, async (t) => {
    const { ran, at, start, runs } = crew(t, await openStore(t))
    const ttlMs = 3_000
    const first = await start('a', { ttlMs })
    await runs('a')
    await start('b', { ttlMs })
    const longMs = performance.now() + 1.5 * ttlMs
    while (performance.now() < longMs) await runs('a')
    assert.equal(ran.includes('b'), false)
    await first.stop()
    const atMs = performance.now()
    await runs('b')
    const tookMs = performance.now() - atMs
    assert.ok(tookMs < (2 / 3) * ttlMs, `${tookMs} ms: it was released, not waited for`)
    assert.equal(at.most, 1)
  })

  test(`${name}: while its store is away a job rests; then it goes on`, { timeout }, async (t) => {
    const store = await openStore(t)
    const { at, start, runs } = crew(t, store)
    const signals: AbortSignal[] = []
    const leases = await store.openFar()
    const run = async (signal: AbortSignal) => void signals.push(signal)
    await start('a', { leases, run })
    for (const makeAway of [store.line.cut, store.line.silence]) {
      await runs('a', 2)
      makeAway()
      const signal = signals.at(-1)
      await eventually('the end of the lease', () => signal?.aborted, soon)
      await eventually('rest', () => at.once === 0, soon)
      const runsBefore = signals.length
      await new Promise((resolve) => setTimeout(resolve, TTL_MS))
      assert.equal(signals.length, runsBefore)
      store.line.restore()
    }
    await runs('a', 2)
  })
}

test('a run that fails leaves the work to an instance that can do it', { timeout }, async (t) => {
  const { start, runs } = crew(t, await postgresStore(t))
  const run = () => Promise.reject(new Error('the bank cannot be reached from here'))
  await start('a', { run })
  await runs('a')
  await start('b')
  await runs('b', 20)
})

test('a run that is stuck loses the lease, and the work goes on elsewhere', {
  timeout,
}, async (t) => {
  const { start, runs } = crew(t, await postgresStore(t))
  let signal: AbortSignal | undefined
  let free = () => {}
  const stuck = new Promise<void>((resolve) => {
    free = resolve
  })
  t.after(() => free())
  const run = (its: AbortSignal) => {
    signal = its
    return stuck
  }
  await start('a', { run, runMsMax: 100 })
  await runs('a')
  await start('b')
  await runs('b')
  assert.equal(signal?.aborted, true)
  free()
})

test('between seldom runs the lease is kept', { timeout }, async (t) => {
  const { ran, start, runs } = crew(t, await postgresStore(t))
  await start('a', { everyMs: 3 * TTL_MS })
  await runs('a')
  await start('b')
  await runs('a')
  assert.deepEqual(ran, ['a', 'a'])
})

test('a run is told when it is to stop and when its lease is lost', { timeout }, async (t) => {
  const store = await postgresStore(t)
  const { start, runs } = crew(t, store)
  const reasons: unknown[] = []
  const run = (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        reasons.push(signal.reason?.name)
        resolve()
      })
    })
  const job = await start('a', { run })
  await runs('a')
  await store.forget()
  await runs('a') // again, under another lease
  await job.stop()
  assert.deepEqual(reasons, ['Fault', 'AbortError'])
})
