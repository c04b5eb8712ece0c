import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { createHttpClient, type Outcome } from '../src/http-client.ts'
import { until } from '../src/wait.ts'

const WAIT_MS = 15_000
const NOWHERE = 'http://127.0.0.1:1'

/**
 * Answers after `delayMs` with its own name; `/reset` reads the call and breaks the connection; one
 * that is `leaving` closes each after its answer.
 */
const INSTANCE = `
  const { createServer } = require('node:http')
  const [name, port, delayMs] = process.argv.slice(1)
  const server = createServer((request, response) => {
    if (name === 'leaving') response.setHeader('connection', 'close')
    if (request.url === '/healthz') return void process.stdout.write('looked\\n', () => response.end())
    process.stdout.write('asked\\n')
    request.resume().on('end', () => {
      if (request.url === '/reset') return void request.socket.destroy()
      setTimeout(() => response.writeHead(name === 'ill' ? 503 : 200).end(name), Number(delayMs))
    })
  })
  server.listen(Number(port), '127.0.0.1', () => console.log('port ' + server.address().port))`

/** A server in a process of its own, that can be killed in the middle of its work. */
async function startInstance(t: TestContext, name: string, { port = 0, delayMs = 0 } = {}) {
  const args = ['-e', INSTANCE, '--', name, String(port), String(delayMs)]
  const child: ChildProcess = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => void child.kill('SIGKILL'))
  const seen = { asked: 0, looked: 0, port: 0 }
  child.stdout?.on('data', (chunk: Buffer) => {
    seen.asked += chunk.toString().split('asked').length - 1
    seen.looked += chunk.toString().split('looked').length - 1
    seen.port ||= Number(/port (\d+)/.exec(chunk.toString())?.[1] ?? 0)
  })
  await until(() => seen.port > 0, { timeoutMs: WAIT_MS, what: `${name} to listen` })
  const end = async (signal: 'SIGKILL' | 'SIGSTOP') => {
    const exit = once(child, 'exit')
    child.kill(signal)
    if (signal === 'SIGKILL') await exit
  }
  return { url: `http://127.0.0.1:${seen.port}`, seen, end }
}

function clientOf(t: TestContext, urls: string[], timeoutMs = 10_000) {
  const client = createHttpClient(urls.join(','), { timeoutMs })
  t.after(client.close)
  return client
}
const textOf = (outcome: Outcome) => (outcome.kind === 'answer' ? outcome.body : outcome.kind)

test('calls spread over the instances, and what one refuses goes to the other', async (t) => {
  const [a, b] = [await startInstance(t, 'a'), await startInstance(t, 'b')]
  const client = clientOf(t, [NOWHERE, a.url, b.url])
  const calls = Array.from({ length: 40 }, () => client.call({ method: 'POST', path: '/' }))
  const said = (await Promise.all(calls)).map(textOf)
  assert.deepEqual([...new Set(said)].sort(), ['a', 'b'])
})

test('one of two instances killed in the middle: every call that may be repeated has its answer', async (t) => {
  const a = await startInstance(t, 'a', { delayMs: 300 })
  const b = await startInstance(t, 'b', { delayMs: 20 })
  const client = clientOf(t, [a.url, b.url])
  const rounds = async () => {
    const outcomes: Outcome[] = []
    for (let i = 0; i < 30; i++) {
      outcomes.push(await client.call({ method: 'POST', path: '/', again: true }))
    }
    return outcomes
  }
  const lanes = Array.from({ length: 16 }, rounds)
  await until(() => a.seen.asked >= 8, { timeoutMs: WAIT_MS, what: 'open calls', everyMs: 1 })
  await a.end('SIGKILL')
  const outcomes = (await Promise.all(lanes)).flat()
  assert.deepEqual(
    outcomes.filter(({ kind }) => kind !== 'answer'),
    [],
  )
  const lost = outcomes.filter((one) => one.kind === 'answer' && one.lostBefore)
  assert.ok(lost.length > 0, 'no call was open at the kill')
})

test('a call that must not be repeated is unknown when its connection breaks, and is sent once', async (t) => {
  const [a, b] = [await startInstance(t, 'a'), await startInstance(t, 'b')]
  const client = clientOf(t, [a.url, b.url])
  assert.deepEqual(await client.call({ method: 'POST', path: '/reset' }), { kind: 'unknown' })
  assert.equal(a.seen.asked + b.seen.asked, 1)
})

test('a copy that may still arrive makes the rest unknown, even where the next instance refuses', async (t) => {
  const a = await startInstance(t, 'a')
  const client = clientOf(t, [a.url, NOWHERE])
  const call = { method: 'POST', path: '/reset', again: true } as const
  for (let i = 0; i < 2; i++) assert.deepEqual(await client.call(call), { kind: 'unknown' })
})

test('an answer that says no is an answer: it is not asked for elsewhere', async (t) => {
  const [a, b] = [await startInstance(t, 'ill'), await startInstance(t, 'ill')]
  const client = clientOf(t, [a.url, b.url])
  const answer = await client.call({ method: 'GET', path: '/' })
  assert.equal(answer.kind === 'answer' && answer.status, 503)
  assert.equal(a.seen.asked + b.seen.asked, 1)
})

test('all tries share one deadline', async (t) => {
  const [a, b] = [
    await startInstance(t, 'a', { delayMs: 60_000 }),
    await startInstance(t, 'b', { delayMs: 60_000 }),
  ]
  const client = clientOf(t, [a.url, b.url], 300)
  const startedAtMs = performance.now()
  assert.deepEqual(await client.call({ method: 'GET', path: '/' }), { kind: 'unknown' })
  assert.ok(performance.now() - startedAtMs < 3_000)
  assert.equal(a.seen.asked + b.seen.asked, 1) // after a time-out nothing is sent again
})

test('an instance that stands still collects few calls, and none while it is left out', async (t) => {
  const [a, b] = [await startInstance(t, 'a'), await startInstance(t, 'b')]
  const client = clientOf(t, [a.url, b.url], 700)
  await a.end('SIGSTOP')
  const said: Outcome[] = []
  const lane = async () => {
    for (let i = 0; i < 100; i++) said.push(await client.call({ method: 'GET', path: '/' }))
  }
  await Promise.all(Array.from({ length: 8 }, lane))
  const unanswered = said.filter(({ kind }) => kind !== 'answer')
  assert.ok(unanswered.length <= 16, `${unanswered.length} of ${said.length} hung`)
})

test('an instance that is there again is asked again', async (t) => {
  const [a, b] = [await startInstance(t, 'a'), await startInstance(t, 'b')]
  const client = clientOf(t, [a.url, b.url])
  const ask = async () => textOf(await client.call({ method: 'POST', path: '/', again: true }))
  await a.end('SIGKILL')
  for (let i = 0; i < 6; i++) assert.equal(await ask(), 'b')
  await startInstance(t, 'a', { port: a.seen.port })
  await until(async () => (await ask()) === 'a', { timeoutMs: WAIT_MS, what: 'the first instance' })
})

test('an instance that says it can do nothing is passed over, and asked last for a while', async (t) => {
  const [ill, well] = [await startInstance(t, 'ill'), await startInstance(t, 'well')]
  const client = clientOf(t, [ill.url, well.url])
  const couldNot = ({ status }: { status: number }) => status === 503
  const call = { method: 'GET', path: '/', couldNot } as const
  const startedAt = performance.now()
  for (let i = 0; i < 20; i++) {
    const outcome = await client.call(call)
    assert.ok(outcome.kind === 'answer' && outcome.body === 'well')
  }
  const times = 1 + Math.ceil((performance.now() - startedAt) / 500)
  assert.ok(ill.seen.asked <= times, `${ill.seen.asked} of 20 calls went to it first`)
  await well.end('SIGKILL')
  const alone = await client.call(call)
  assert.ok(alone.kind === 'answer' && alone.status === 503) // what the last one said
})

test('an instance that is ending, and still answers, is asked no more while another is there', async (t) => {
  const [leaving, well] = [await startInstance(t, 'leaving'), await startInstance(t, 'well')]
  const client = clientOf(t, [leaving.url, well.url])
  const ask = async () => textOf(await client.call({ method: 'GET', path: '/' }))
  await until(async () => (await ask()) === 'leaving', { timeoutMs: WAIT_MS, what: 'its turn' })
  const look = { timeoutMs: WAIT_MS, what: 'a look whether it is there' }
  await until(() => leaving.seen.looked >= 2, look)
  for (let i = 0; i < 8; i++) assert.equal(await ask(), 'well')
  await well.end('SIGKILL')
  assert.equal(await ask(), 'leaving')
})
