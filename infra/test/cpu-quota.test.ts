import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { cpuBetween, readCpu, sumOf } from '../src/bench/cpu.ts'
import { createCpuQuota } from '../src/cpu-quota.ts'
import { waitUntil } from '../src/wait-until.ts'

const SPINS = "process.stdout.write('on'); for (;;);"
const PERIODS = 100
const skip = process.getuid?.() === 0 ? false : 'only root may set control groups'

test('a process that would take a whole core is held back', { skip }, async () => {
  const spinning = spawn(process.execPath, ['-e', SPINS], { stdio: ['ignore', 'pipe', 'ignore'] })
  const quota = createCpuQuota('test', 0.25)
  try {
    await once(spinning.stdout, 'data')
    const pid = spinning.pid ?? 0
    quota.add(pid)
    const measured = [{ name: 'it', pid }]
    const before = readCpu(measured)
    const from = quota.throttled().ofPeriods
    await waitUntil('100 periods', () => quota.throttled().ofPeriods - from >= PERIODS, 30_000)
    const took = sumOf(cpuBetween(before, readCpu(measured)))
    const { periods, ofPeriods } = quota.throttled()
    assert.ok(periods > ofPeriods / 2, `held back in ${periods} of ${ofPeriods}`)
    const allowedMs = (ofPeriods - from) * 2.5
    assert.ok(took <= allowedMs + 50, `took ${took} ms of ${allowedMs}`) // counted by ticks of 10 ms
  } finally {
    const isGone = once(spinning, 'exit')
    spinning.kill('SIGKILL')
    await isGone
    await quota.remove()
  }
})
