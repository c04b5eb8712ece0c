import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { createHeldBack, heldBackMsIn, statFilesOf } from '../src/jobs/held-back.ts'
import { startLoadWatch } from '../src/jobs/watch-load.ts'

test('the share of the time in which it was held back is told for the time since the last look', () => {
  let [nowMs, heldMs]: [number, number | undefined] = [1_000, 500]
  const heldBack = createHeldBack(
    () => heldMs,
    () => nowMs,
  )
  const later = (ms: number, held: number | undefined) => {
    nowMs += ms
    heldMs = held
    return heldBack()
  }
  assert.equal(later(100, 575), 0.75)
  assert.equal(later(100, 575), 0)
  assert.equal(later(100, undefined), 0) // the file has gone for a moment
  assert.equal(later(100, 600), 0.25)
  assert.equal(later(100, 5_000), 1) // moved to a group that was held back for longer
  assert.equal(later(100, 10), 0) // and to one that was not
})

test('where nobody tells nothing is held back', () => {
  const heldBack = createHeldBack(() => undefined)
  assert.equal(heldBack(), 0)
})

test('both versions of control groups are read', () => {
  const second = 'usage_usec 9\nnr_periods 4\nnr_throttled 3\nthrottled_usec 7500\n'
  const first = 'nr_periods 4\nnr_throttled 3\nthrottled_time 7500000\n'
  assert.equal(heldBackMsIn(second), 7.5)
  assert.equal(heldBackMsIn(first), 7.5)
  assert.equal(heldBackMsIn('usage_usec 9\n'), undefined)
  const inContainer = ['/sys/fs/cgroup/cpu/cpu.stat', '/sys/fs/cgroup/cpu.stat']
  assert.deepEqual(statFilesOf('0::/a/b\n'), ['/sys/fs/cgroup/a/b/cpu.stat', ...inContainer])
  const both = statFilesOf('4:memory:/x\n2:cpuset:/\n1:cpu,cpuacct:/y\n0::/\n')
  assert.deepEqual(both.slice(0, 2), ['/sys/fs/cgroup/cpu/y/cpu.stat', '/sys/fs/cgroup/cpu.stat'])
})

test('an event loop that seems idle is overloaded when it was held back all the time, and else not', async (t) => {
  const full = { waiting: () => 500, isFull: () => true, begun: () => 0 }
  const [held, free] = [startLoadWatch(full, () => 1), startLoadWatch(full, () => 0)]
  t.after(() => {
    held.stop()
    free.stop()
  })
  await until(async () => held.isOver(), {
    timeoutMs: 5_000,
    what: 'the held one to be overloaded',
  })
  await until(async () => !free.isOver(), { timeoutMs: 5_000, what: 'the free one to be calm' })
})

test('of this process it can be asked', () => {
  const share = createHeldBack()()
  assert.ok(share >= 0 && share <= 1)
})
