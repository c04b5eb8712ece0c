import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { cpuBetween, readCpu, sumOf, ticksIn } from '../../src/bench/cpu.ts'

const busyMs = 400

test('user, system and ended children are added up, whatever the name of the process is', () => {
  const rest = 'S 1 2 3 4 5 6 7 8 9 10 100 20 3 4 20 0 1'
  assert.equal(ticksIn(`42 (node) ${rest}`), 127)
  assert.equal(ticksIn(`42 (a) 1 2 (b c) ${rest}`), 127)
})

test('a process is charged for what it works, and not for what it waits', async (t) => {
  const busy = await started(t, `${work}; work(); ${tell}`)
  const idle = await started(t, tell)
  const processes = [
    { name: 'busy', pid: busy.pid ?? 0 },
    { name: 'idle', pid: idle.pid ?? 0 },
  ]
  const times = readCpu(processes)
  assert.ok((times.busy ?? 0) >= (times.idle ?? 0) + 0.7 * busyMs, JSON.stringify(times))
  const later = cpuBetween(times, readCpu(processes))
  assert.ok(sumOf(later) < busyMs / 2, JSON.stringify(later))
})

test('what a process started is charged to it, also after that has ended', async (t) => {
  const run = `const { execFileSync } = require('node:child_process')
    execFileSync(process.execPath, ['-e', ${JSON.stringify(`${work}; work()`)}]); ${tell}`
  const ended = await started(t, run)
  const spawned = `const { spawn } = require('node:child_process')
    const child = spawn(process.execPath, ['-e', ${JSON.stringify(`${work}; work(); ${tell}`)}],
      { stdio: ['pipe', 'inherit', 'inherit'] })`
  const alive = await started(t, spawned)
  const times = readCpu([
    { name: 'ended', pid: ended.pid ?? 0 },
    { name: 'alive', pid: alive.pid ?? 0 },
  ])
  assert.ok((times.ended ?? 0) >= 0.7 * busyMs, JSON.stringify(times))
  assert.ok((times.alive ?? 0) >= 0.7 * busyMs, JSON.stringify(times))
})

test('a process that is gone counts as nothing', () => {
  assert.deepEqual(readCpu([{ name: 'gone', pid: 2 ** 22 + 1 }]), { gone: 0 })
})

const work = `function work() {
  const start = process.cpuUsage()
  for (;;) {
    const { user, system } = process.cpuUsage(start)
    if (user + system > ${busyMs * 1_000}) return
  }
}`
const tell = "process.stdout.write('.'); process.stdin.resume()"

/** Resolves when the program has told that its work is done; it then waits for nothing. */
async function started(t: TestContext, program: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => child.stdin.end()) // all of them end with their input
  t.after(() => child.kill())
  await once(child.stdout, 'data')
  return child
}
