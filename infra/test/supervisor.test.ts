import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from '../src/stack/ports.ts'
import { claim, ownerOf, release, removeOrphans } from '../src/supervisor/owner.ts'
import type { Part } from '../src/supervisor/part.ts'
import { isSameProcess, processStart } from '../src/supervisor/process-table.ts'
import { descendants } from '../src/supervisor/process-tree.ts'
import { readState, writeState } from '../src/supervisor/state-file.ts'
import { supervise } from '../src/supervisor/supervise.ts'
import { fakePart, temporaryFolder } from './fake-part.ts'

const restartMaxMs = 2_000

async function superviseParts(t: TestContext, make: (port: number) => Part[]) {
  const { gateway: port } = await freePorts()
  const stateDir = temporaryFolder(t, () => supervisor.stop())
  const supervisor = supervise(stateDir, make(port))
  const one = () => supervisor.status()[0] ?? assert.fail('there is no part')
  return { stateDir, supervisor, one }
}

/** It answers on its port, and has a child in a group of its own, as Postgres' workers are; for a minute, no test needs it longer. */
function familyPart(name: string, port: number): Part {
  const part = fakePart(name, port)
  const child = `spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { detached: true })`
  const [, server = ''] = part.args
  return { ...part, args: ['-e', `require('node:child_process').${child}; ${server}`] }
}

/** T is stopped, as ps and proc(5) write it. */
function stateOf(pid: number): string {
  return execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).charAt(0)
}

async function becomes(what: () => boolean, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!what()) {
    assert.ok(Date.now() < deadline, `not within ${timeoutMs} ms: ${what}`)
    await sleep(10)
  }
}

test('a killed process runs again within 2 s, and is counted', async (t) => {
  const { stateDir, supervisor, one } = await superviseParts(t, (port) => [fakePart('a', port)])
  await supervisor.ready
  const killed = supervisor.runner('a').kill()
  assert.ok(killed)
  await becomes(() => ![null, killed].includes(one().pid), restartMaxMs)
  await becomes(() => one().state === 'ready', 15_000)
  assert.equal(one().restarts, 1)
  assert.deepEqual(readState(stateDir)?.parts, supervisor.status())
})

test('a part that is restarted ends by itself, and runs again', async (t) => {
  const ends = `process.on('SIGTERM', () => setTimeout(() => process.exit(7), 50))`
  const { supervisor, one } = await superviseParts(t, (port) => {
    const part = fakePart('a', port)
    return [{ ...part, args: ['-e', `${ends}; ${part.args[1]}`] }]
  })
  await supervisor.ready
  const { pid } = one()
  const ended = await supervisor.runner('a').restart()
  assert.deepEqual([ended?.exitCode, ended?.signal], [7, null])
  assert.notEqual(one().state, 'ready')
  await becomes(() => one().state === 'ready', 15_000)
  assert.notEqual(one().pid, pid)
})

test('a part that is held down stays away until it is let up', async (t) => {
  const { supervisor, one } = await superviseParts(t, (port) => [fakePart('a', port)])
  await supervisor.ready
  const runner = supervisor.runner('a')
  const killed = runner.holdDown()
  await becomes(() => one().state === 'held-down', 10_000)
  assert.equal(one().pid, null)
  runner.letUp()
  await becomes(() => one().state === 'ready', 15_000)
  assert.notEqual(one().pid, killed)
})

test('a part that is held down can be stopped', async (t) => {
  const { supervisor, one } = await superviseParts(t, (port) => [fakePart('a', port)])
  await supervisor.ready
  supervisor.runner('a').holdDown()
  await becomes(() => one().state === 'held-down', 10_000)
  await supervisor.stop()
  assert.equal(one().state, 'stopped')
})

test('a frozen part stands still with all it started, and goes on when thawed', async (t) => {
  const { supervisor, one } = await superviseParts(t, (port) => [familyPart('a', port)])
  await supervisor.ready
  const parent = supervisor.runner('a').freeze() ?? assert.fail('it does not run')
  const family = [parent, ...descendants(parent)]
  assert.equal(family.length, 2)
  await becomes(() => family.every((pid) => stateOf(pid) === 'T'), 5_000)
  assert.equal(one().state, 'frozen')
  supervisor.runner('a').thaw()
  await becomes(() => family.every((pid) => stateOf(pid) !== 'T'), 5_000)
  assert.equal(one().state, 'ready')
  assert.equal(one().pid, parent)
})

test('a frozen part can be killed, and stopped in order', async (t) => {
  const { supervisor, one } = await superviseParts(t, (port) => [familyPart('a', port)])
  await supervisor.ready
  const runner = supervisor.runner('a')
  const family = descendants(runner.freeze() ?? 0)
  const killed = runner.kill()
  await becomes(() => one().state === 'ready' && one().pid !== killed, 15_000)
  assert.ok(
    family.every((pid) => processStart(pid) === undefined),
    'its child was left alive',
  )
  const pid = runner.freeze() ?? assert.fail('it does not run')
  const [child = 0] = descendants(pid)
  await supervisor.stop()
  assert.equal(processStart(pid), undefined)
  await becomes(() => stateOf(child) !== 'T', 5_000) // by itself it would stand still for ever
})

test('a process that never comes up is tried again and again, and stops when told', async (t) => {
  const dying = { args: ['-e', 'process.exit(1)'] }
  const { supervisor, one } = await superviseParts(t, (port) => [fakePart('a', port, dying)])
  await becomes(() => one().restarts >= 4, 4 * restartMaxMs)
  const restarts = one().restarts
  await becomes(() => one().restarts > restarts, 2 * restartMaxMs) // it did not give up
  await supervisor.stop()
  assert.equal(one().state, 'stopped')
})

test('a part waits for those it needs, and is stopped before them', async (t) => {
  const order: string[] = []
  const note = (name: string) => ({ afterReady: async () => void order.push(name) })
  const { supervisor } = await superviseParts(t, (port) => [
    fakePart('late', port, { ...note('late'), needs: ['early'], stopRank: 0 }),
    fakePart('early', port + 1, { ...note('early'), stopRank: 1 }),
  ])
  await supervisor.ready
  assert.deepEqual(order, ['early', 'late'])
  const stopping = supervisor.stop()
  await becomes(() => supervisor.status()[0]?.state === 'stopped', 5_000)
  await stopping
  assert.ok(supervisor.status().every(({ pid, state }) => pid === null && state === 'stopped'))
})

test('a part that still waits for another can be stopped', async (t) => {
  const { supervisor } = await superviseParts(t, (port) => [
    fakePart('late', port, { needs: ['never'], stopRank: 0 }),
    fakePart('never', port + 1, { ready: async () => false }),
  ])
  await becomes(() => supervisor.status()[1]?.state === 'starting', 5_000)
  const tooLate = setTimeout(() => assert.fail('it did not stop'), 5_000)
  await supervisor.stop()
  clearTimeout(tooLate)
  assert.ok(supervisor.status().every(({ pid, state }) => pid === null && state === 'stopped'))
})

test('a part that cannot be prepared is named at once', async (t) => {
  const prepare = () => Promise.reject(new Error('no such tool'))
  const { supervisor, one } = await superviseParts(t, (port) => [fakePart('a', port, { prepare })])
  await assert.rejects(supervisor.ready, /no such tool/)
  assert.equal(one().state, 'failed')
})

test('what a killed supervisor left running is ended', async (t) => {
  const stateDir = temporaryFolder(t)
  const { gateway: port } = await freePorts()
  const program = `
    import { claim } from '${import.meta.resolve('../src/supervisor/owner.ts')}'
    import { supervise } from '${import.meta.resolve('../src/supervisor/supervise.ts')}'
    import { fakePart } from '${import.meta.resolve('./fake-part.ts')}'
    claim('${stateDir}')
    await supervise('${stateDir}', [fakePart('a', ${port})]).ready`
  const supervisor = spawn(process.execPath, ['--input-type=module', '-e', program])
  await becomes(() => readState(stateDir)?.phase === 'up', 20_000)
  assert.equal(ownerOf(stateDir), supervisor.pid)
  const [part] = readState(stateDir)?.parts ?? []
  assert.deepEqual(await removeOrphans(stateDir), [], 'nothing is taken from a living supervisor')

  supervisor.kill('SIGKILL')
  await once(supervisor, 'exit')
  assert.ok(part && isSameProcess(part.pid, part.processStart))
  assert.deepEqual(await removeOrphans(stateDir), ['a'])
  assert.ok(!isSameProcess(part.pid, part.processStart))
})

test('a stranger who got the number of a dead process is left alone', async (t) => {
  const stateDir = temporaryFolder(t)
  const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  t.after(() => stranger.kill('SIGKILL'))
  const pid = stranger.pid ?? assert.fail('it was not started')
  const part = fakePart('a', 1)
  const dead = { ...part, pid, processStart: 'long ago', state: 'ready' as const, restarts: 0 }
  writeState(stateDir, { phase: 'up', parts: [dead] })
  assert.deepEqual(await removeOrphans(stateDir), [])
  assert.ok(processStart(pid))
})

test('one process at a time supervises a state folder', (t) => {
  const stateDir = temporaryFolder(t)
  assert.equal(claim(stateDir), true)
  assert.equal(claim(stateDir), false)
  release(stateDir)
  assert.equal(ownerOf(stateDir), undefined)
  assert.equal(claim(stateDir), true)
})
