import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { parseOrder, writeOrder } from '../src/drill/failpoint-order.ts'
import { createFailpoints, failpointsPreload } from '../src/drill/failpoints.ts'
import { temporaryFolder } from './fake-part.ts'

const module = import.meta.resolve('@flashsale/service-kit/failpoint.ts')
/** Passes one failpoint on and on, and says so: what it says after the one that counts is a fault. */
const passing = `import { failpoint } from '${module}'
for (let times = 1; times <= 5; times++) { failpoint('recorded'); console.log('passed', times) }
process.stdin.resume()`

function startPassing(t: TestContext, folder: string, instance: string) {
  const args = [`--import=${failpointsPreload}`, '--input-type=module', '-e', passing]
  const env = { ...process.env, FLASHSALE_FAILPOINTS: folder, INSTANCE: instance }
  const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  return { child, said: () => said }
}

const ended = async (child: ChildProcess) => (await once(child, 'exit'))[1]

test('a process ends itself at the failpoint it was ordered to, before anything after it', async (t) => {
  const failpoints = createFailpoints(temporaryFolder(t))
  failpoints.order('inventory', { failpoint: 'recorded', act: 'kill', after: 3 })
  const { child, said } = startPassing(t, failpoints.folder, 'inventory-1')

  assert.equal(await ended(child), 'SIGKILL')
  assert.equal(said(), 'passed 1\npassed 2\n')
  assert.deepEqual(failpoints.struck('inventory'), { instance: 'inventory-1', pid: child.pid })
})

test('a process that stops itself there goes on when it is let', async (t) => {
  const failpoints = createFailpoints(temporaryFolder(t))
  failpoints.order('inventory-0', { failpoint: 'recorded', act: 'stop', after: 1 })
  const { child, said } = startPassing(t, failpoints.folder, 'inventory-0')
  await until(() => failpoints.struck('inventory-0'), { timeoutMs: 20_000, what: 'a stop' })
  assert.equal(said(), '')

  child.kill('SIGCONT')
  const isThrough = () => said().includes('passed 5')
  await until(isThrough, { timeoutMs: 20_000, what: 'the process to go on' })
})

test('of an order for a service exactly one instance obeys', async (t) => {
  const failpoints = createFailpoints(temporaryFolder(t))
  failpoints.order('inventory', { failpoint: 'recorded', act: 'kill', after: 1 })
  const both = ['inventory-0', 'inventory-1'].map((name) =>
    startPassing(t, failpoints.folder, name),
  )
  const isDecided = () =>
    both.filter(({ child, said }) => child.signalCode || said().includes('passed 5')).length === 2
  await until(isDecided, { timeoutMs: 20_000, what: 'both to have passed' })
  assert.equal(both.filter(({ child }) => child.signalCode === 'SIGKILL').length, 1)
})

test('an order for another place, another service, or taken back is not obeyed', async (t) => {
  const failpoints = createFailpoints(temporaryFolder(t))
  failpoints.order('inventory', { failpoint: 'reserved', act: 'kill', after: 1 })
  failpoints.order('order', { failpoint: 'recorded', act: 'kill', after: 1 })
  failpoints.order('inventory-0', { failpoint: 'recorded', act: 'kill', after: 1 })
  failpoints.withdraw('inventory-0')
  const { said } = startPassing(t, failpoints.folder, 'inventory-0')
  await until(() => said().includes('passed 5'), { timeoutMs: 20_000, what: 'it to pass' })
  assert.ok(existsSync(join(failpoints.folder, 'inventory')))
  assert.equal(failpoints.struck('inventory'), undefined)
})

test('an order is read as it was written, and half of one is none', () => {
  const order = { failpoint: 'staged', act: 'stop', after: 12 } as const
  assert.deepEqual(parseOrder(writeOrder(order)), order)
  for (const text of ['', 'staged', 'staged sto', 'stage kill', 'staged kill after x']) {
    assert.equal(parseOrder(text), undefined, text)
  }
})
