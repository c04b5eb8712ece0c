import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
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
  await runService(app, { host: '127.0.0.1', port: Number(process.env.PORT), close })
`

async function running(t: TestContext) {
  const port = await freePort()
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', service], {
    cwd: import.meta.dirname,
    env: { ...process.env, PORT: String(port) },
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
  return { child, url, exit, output: () => output }
}

test('asked to end, it answers what is open, closes in order and exits with 0', async (t) => {
  const { child, url, exit, output } = await running(t)
  const open = fetch(`${url}/slow`)
  await new Promise((resolve) => setTimeout(resolve, 100))
  child.kill('SIGTERM')
  assert.deepEqual(await (await open).json(), { slow: 'answered' })
  assert.deepEqual(await exit, [0, null])
  assert.match(output(), /closed first\s+closed second/)
})

test('an error that nobody catches ends the process with 1, and is told', async (t) => {
  const { url, exit, output } = await running(t)
  await fetch(`${url}/crash`).catch(() => {})
  assert.deepEqual(await exit, [1, null])
  assert.match(output(), /out of nowhere/)
})
