import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startJob } from '../src/job.ts'
import { sleep, until } from '../src/wait.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }
const long = 60_000
const soon = { timeoutMs: 2_000, everyMs: 1, what: 'the job to run' }

test('a job that has more to do runs again at once, then rests', async (t) => {
  let runs = 0
  const job = startJob({ name: 'test', everyMs: long, log, run: async () => ++runs < 5 })
  t.after(job.stop)
  await until(() => runs === 5, soon)
  await sleep(20)
  assert.equal(runs, 5)
})

test('a poke wakes a resting job, and a poke during a run makes one more run', async (t) => {
  let runs = 0
  let goOn = () => {}
  const run = () => {
    runs++
    return new Promise<void>((resolve) => {
      goOn = resolve
    })
  }
  const job = startJob({ name: 'test', everyMs: long, log, run })
  t.after(job.stop)
  t.after(() => goOn())
  await until(() => runs === 1, soon)
  for (let i = 0; i < 3; i++) job.poke()
  goOn()
  await until(() => runs === 2, soon)
  goOn()
  await sleep(20)
  assert.equal(runs, 2)
  job.poke()
  await until(() => runs === 3, soon)
  goOn()
})

test('a job that fails backs off, longer each time, and goes on', async (t) => {
  const waits: unknown[] = []
  const told = {
    ...log,
    error: (facts: object) => void waits.push('waitMs' in facts && facts.waitMs),
  }
  let runs = 0
  const run = async () => {
    if (++runs < 3) throw new Error('not yet')
  }
  const job = startJob({ name: 'test', everyMs: long, log: told, run })
  t.after(job.stop)
  await until(() => runs === 3, soon)
  assert.deepEqual(waits, [100, 200])
})

test('stop waits for the run under way, tells it to end, and no other begins', async () => {
  let runs = 0
  let ended = false
  const run = async (signal: AbortSignal) => {
    runs++
    await sleep(long, signal)
    await sleep(10)
    ended = true
    return true
  }
  const job = startJob({ name: 'test', everyMs: 0, log, run })
  await sleep(5)
  await job.stop()
  assert.equal(ended, true)
  assert.equal(runs, 1)
})
