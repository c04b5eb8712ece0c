import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '@flashsale/test-kit/process.ts'
import { canShare } from '../src/listeners.ts'
import { until } from '../src/wait.ts'

const service = `
  import { createApp } from '@flashsale/service-kit/app.ts'
  import { runService } from '@flashsale/service-kit/run.ts'
  const { PORT, DRAIN_MS, HANGS, LISTENERS } = process.env
  const app = createApp({ name: 'test' })
  let [turns, came, slow] = [0, 0, 0]
  app.get('/full', async () => {
    const turn = () => {
      const until = performance.now() + 20
      while (performance.now() < until);
      turns++
      setImmediate(turn)
    }
    turn()
    app.server.on('connection', () => {
      if (++came === 1) turns = 0
      if (came === 64) console.log('let in within ' + turns + ' turns')
    })
    return {}
  })
  app.get('/slow', async () => {
    console.log('slow ' + ++slow)
    await new Promise((resolve) => setTimeout(resolve, 500))
    return { slow: 'answered' }
  })
  app.get('/crash', async () => void setTimeout(() => { throw new Error('out of nowhere') }))
  const close = ['first', 'second'].map((name) => async () => console.log('closed ' + name))
  if (HANGS) close.unshift(() => new Promise(() => {}))
  const listeners = Number(LISTENERS)
  await runService(app, { host: '127.0.0.1', port: Number(PORT), drainMs: Number(DRAIN_MS), listeners, close })
`
const seconds = 1_000

type Settings = { drainMs?: number; hangs?: string; listeners?: number }

function started(t: TestContext, port: number, settings: Settings = {}) {
  const { drainMs = 0, hangs = '', listeners = 1 } = settings
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', service], {
    cwd: import.meta.dirname,
    env: {
      ...process.env,
      PORT: String(port),
      DRAIN_MS: String(drainMs),
      HANGS: hangs,
      LISTENERS: String(listeners),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  const exit = once(child, 'exit')
  return { child, port, url: `http://127.0.0.1:${port}`, exit, output: () => output }
}

async function running(t: TestContext, settings?: Settings) {
  const service = started(t, await freePort(), settings)
  const check = () => fetch(`${service.url}/readyz`).catch(() => undefined)
  await until(check, { timeoutMs: 10_000, what: 'the service' })
  return service
}

function crowd(t: TestContext, port: number, count: number) {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  return sockets
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

const skip = canShare ? false : 'listeners can share a port only on Linux'

test('a crowd that connects at once is let in several a turn', { skip }, async (t) => {
  const { port, url, output } = await running(t, { listeners: 16 })
  await fetch(`${url}/full`) // each turn takes 20 ms from now on
  crowd(t, port, 64)
  const letIn = () => /let in within (\d+) turns/.exec(output())?.[1]
  const turns = await until(letIn, { timeoutMs: 20_000, what: 'all to be let in' })
  assert.ok(Number(turns) < 40, `${turns} turns`)
})

test('asked to end, it answers what came by any of its listeners', { skip }, async (t) => {
  const { child, url, exit, output } = await running(t, { listeners: 100 }) // hardly any by the first
  const open = Array.from({ length: 6 }, () => fetch(`${url}/slow`))
  const areAsked = () => output().includes('slow 6')
  await until(areAsked, { timeoutMs: 10_000, everyMs: 5, what: 'all to be asked' })
  child.kill('SIGTERM')
  for (const answer of await Promise.all(open)) assert.equal(answer.status, 200)
  assert.deepEqual(await exit, [0, null])
})

test('a port that another one listens on is not shared with it', { skip }, async (t) => {
  const other = createServer()
  t.after(() => other.close())
  const port = await freePort()
  await once(other.listen({ port, host: '127.0.0.1', reusePort: true }), 'listening')
  const { exit } = started(t, port, { listeners: 8 })
  const end = await Promise.race([exit, sleep(20_000, 'it runs on', { ref: false })])
  assert.deepEqual(end, [1, null])
})
