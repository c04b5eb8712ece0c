import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { freePort } from '@flashsale/test-kit/process.ts'
import { until } from '../src/wait.ts'

const service = `
  import { createApp } from '@flashsale/service-kit/app.ts'
  import { runService } from '@flashsale/service-kit/run.ts'
  const app = createApp({ name: 'test' })
  app.get('/slow', async () => {
    await new Promise((resolve) => setTimeout(resolve, 500))
    return { slow: 'answered' }
  })
  app.get('/crash', async () => void setTimeout(() => { throw new Error('out of nowhere') }))
  const close = ['first', 'second'].map((name) => async () => console.log('closed ' + name))
  const { PORT, DRAIN_MS, HANGS } = process.env
  if (HANGS) close.unshift(() => new Promise(() => {}))
  await runService(app, { host: '127.0.0.1', port: Number(PORT), drainMs: Number(DRAIN_MS), close })
`
const seconds = 1_000

async function running(t: TestContext, { drainMs = 0, hangs = '' } = {}) {
  const port = await freePort()
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', service], {
    cwd: import.meta.dirname,
    env: { ...process.env, PORT: String(port), DRAIN_MS: String(drainMs), HANGS: hangs },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  const exit = once(child, 'exit')
  const url = `http://127.0.0.1:${port}`
  const check = () => fetch(`${url}/readyz`).catch(() => undefined)
  await until(check, { timeoutMs: 10_000, what: 'the service' })
  return { child, port, url, exit, output: () => output }
}

test('asked to end, it answers what is open, closes in order and exits with 0', async (t) => {
  const { child, url, exit, output } = await running(t)
  const open = fetch(`${url}/slow`)
  await new Promise((resolve) => setTimeout(resolve, 100))
  child.kill('SIGTERM')
  assert.deepEqual(await (await open).json(), { slow: 'answered' })
  assert.deepEqual(await exit, [0, null])
  assert.deepEqual(output().match(/closed \w+/g), ['closed first', 'closed second'])
})

test('asked to end, it is not ready and takes what comes for a while, and tells who asks', async (t) => {
  const { child, url, exit } = await running(t, { drainMs: 2 * seconds })
  child.kill('SIGTERM')
  const isUnready = async () => (await fetch(`${url}/readyz`)).status === 503
  await until(isUnready, { timeoutMs: 2 * seconds, what: 'it to be unready' })
  const late = await fetch(`${url}/slow`)
  assert.deepEqual(await late.json(), { slow: 'answered' })
  assert.equal(late.headers.get('connection'), 'close')
  assert.deepEqual(await exit, [0, null])
})

test('a step of the end that hangs does not keep the others from theirs', async (t) => {
  const { child, exit, output } = await running(t, { hangs: 'yes' })
  child.kill('SIGTERM')
  assert.deepEqual(await exit, [0, null])
  assert.deepEqual(output().match(/closed \w+/g), ['closed first', 'closed second'])
})

test('a connection over which nobody asks anything does not hold up the end', async (t) => {
  const { child, port, exit } = await running(t)
  const silent = connect(port, '127.0.0.1')
  await once(silent, 'connect')
  const closed = once(silent.resume(), 'close')
  child.kill('SIGTERM')
  assert.deepEqual(await exit, [0, null])
  await closed
})

test('an error that nobody catches ends the process with 1, and is told', async (t) => {
  const { url, exit, output } = await running(t)
  await fetch(`${url}/crash`).catch(() => {})
  assert.deepEqual(await exit, [1, null])
  assert.match(output(), /out of nowhere/)
})
