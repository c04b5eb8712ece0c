import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type Ask, createProbeCaller } from '../../src/soak/probe-call.ts'

const ask: Ask = {
  method: 'POST',
  path: '/',
  headers: {},
  body: '{}',
  due: ['202', '409 sold-out'],
}

async function callerOf(t: TestContext, listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const caller = createProbeCaller(port)
  t.after(() => {
    caller.leave()
    server.closeAllConnections()
    server.close()
  })
  return { caller, server }
}

function answering(status: number, body: object, headers: Record<string, string> = {}) {
  return ((_, answer) => {
    answer.writeHead(status, { 'content-type': 'application/json', ...headers })
    answer.end(JSON.stringify(body))
  }) satisfies RequestListener
}

const problem = (code: string) => ({ type: `urn:flashsale:problem:${code}` })

test('an answer that is due is in time, another is wrong, a 503 that says when is for later', async (t) => {
  const cases = [
    [202, { status: 'accepted' }, {}, 'in time'],
    [409, problem('sold-out'), {}, 'in time'],
    [409, problem('limit-reached'), {}, 'wrong'],
    [500, problem('internal'), {}, 'wrong'],
    [503, problem('try-later'), { 'retry-after': '1' }, 'try later'],
    [503, problem('try-later'), {}, 'wrong'],
  ] as const
  for (const [status, body, headers, outcome] of cases) {
    const { caller } = await callerOf(t, answering(status, body, headers))
    const answered = await caller.send(ask, 'kept')
    assert.equal(answered.outcome, outcome, `${status} ${JSON.stringify(body)}`)
    assert.equal(answered.status, status)
  }
})

test('an answer after more than a second is late, whatever it says', async (t) => {
  const { caller } = await callerOf(t, (request, answer) => {
    setTimeout(() => answering(202, {})(request, answer), 1_050)
  })
  assert.equal((await caller.send(ask, 'kept')).outcome, 'late')
})

test('a connection that breaks, before or in an answer, and one that is refused give none', async (t) => {
  const { caller, server } = await callerOf(t, (request, answer) => {
    if (request.url === '/half') answer.writeHead(202, { 'content-length': '10' }).write('{')
    setImmediate(() => request.socket.destroy())
  })
  assert.equal((await caller.send(ask, 'kept')).outcome, 'none')
  assert.equal((await caller.send({ ...ask, path: '/half' }, 'own')).outcome, 'none')
  server.close()
  await once(server, 'close')
  assert.equal((await caller.send(ask, 'own')).outcome, 'none')
})
