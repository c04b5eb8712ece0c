import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { createHttpClient } from '../src/http-client.ts'

async function clientOf(t: TestContext, listener: RequestListener, path = '') {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = createHttpClient(`http://127.0.0.1:${port}${path}`, { timeoutMs: 2_000 })
  t.after(async () => {
    await client.close()
    server.closeAllConnections()
    server.close()
  })
  return { client, server }
}

test('an answer has its status and its parsed body', async (t) => {
  const { client } = await clientOf(
    t,
    async (request, response) => {
      const chunks = await request.toArray()
      response.writeHead(409, { 'content-type': 'application/problem+json' })
      response.end(JSON.stringify({ url: request.url, sent: JSON.parse(chunks.join('')) }))
    },
    '/base',
  )
  const answer = await client.call({ method: 'POST', path: '/x', body: { a: 1 } })
  assert.equal(answer.kind, 'answer')
  assert.equal(answer.status, 409)
  assert.deepEqual(answer.body, { url: '/base/x', sent: { a: 1 } })
})

test('bytes are sent as they are', async (t) => {
  const { client } = await clientOf(t, async (request, response) => {
    response.end(Buffer.concat(await request.toArray()))
  })
  const answer = await client.call({ method: 'POST', path: '/', body: Buffer.from('{ "a":1}') })
  assert.deepEqual(answer.kind === 'answer' && answer.body, '{ "a":1}')
})

test('a refused connection is not-sent: surely nothing happened', async () => {
  const client = createHttpClient('http://127.0.0.1:1', { timeoutMs: 1_000 })
  assert.deepEqual(await client.call({ method: 'POST', path: '/', body: {} }), { kind: 'not-sent' })
  await client.close()
})

test('a time-out is unknown, neither yes nor no (P8)', async (t) => {
  let asked = 0
  const { client } = await clientOf(t, () => void asked++)
  const answer = await client.call({ method: 'POST', path: '/', body: {}, timeoutMs: 100 })
  assert.deepEqual(answer, { kind: 'unknown' })
  assert.equal(asked, 1) // it did arrive, and is not sent again by itself
})

test('an answer that came in time is taken, however busy this process was', async (t) => {
  const server = new Worker(
    `const { createServer } = require('node:http')
     const { parentPort } = require('node:worker_threads')
     const server = createServer((request, response) => {
       parentPort.postMessage('asked')
       response.setHeader('content-type', 'application/json').end('{"a":1}')
     }).listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`,
    { eval: true },
  )
  t.after(() => server.terminate())
  const [port] = await once(server, 'message')
  const client = createHttpClient(`http://127.0.0.1:${port}`, { timeoutMs: 200 })
  t.after(client.close)
  const asked = once(server, 'message').then(() => {
    const busyUntilMs = performance.now() + 400
    while (performance.now() < busyUntilMs); // the answer arrives, and nobody looks
  })
  const answer = await client.call({ method: 'GET', path: '/' })
  await asked
  assert.equal(answer.kind, 'answer')
})

test('a connection that breaks before or in the middle of the answer is unknown', async (t) => {
  let asked = 0
  const { client } = await clientOf(t, (request, response) => {
    asked++
    if (request.url === '/before') return void request.socket.destroy()
    response.writeHead(200, { 'content-length': '100', 'content-type': 'application/json' })
    response.write('{"half":', () => request.socket.destroy())
  })
  assert.deepEqual(await client.call({ method: 'POST', path: '/before' }), { kind: 'unknown' })
  assert.deepEqual(await client.call({ method: 'POST', path: '/middle' }), { kind: 'unknown' })
  assert.equal(asked, 2)
})

test('an answer that says JSON and is none is unknown', async (t) => {
  const { client } = await clientOf(t, (_request, response) => {
    response.setHeader('content-type', 'application/json').end('{')
  })
  assert.deepEqual(await client.call({ method: 'GET', path: '/' }), { kind: 'unknown' })
})

test('after its server was away, the same client reaches it again', async (t) => {
  const { client, server } = await clientOf(t, (_request, response) => void response.end('here'))
  const { port } = server.address() as AddressInfo
  const kind = async () => (await client.call({ method: 'GET', path: '/' })).kind
  assert.equal(await kind(), 'answer')
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  assert.equal(await kind(), 'not-sent')
  await once(server.listen(port, '127.0.0.1'), 'listening')
  assert.equal(await kind(), 'answer')
})

test('an answer without an end is unknown, and no more of it is read', async (t) => {
  const piece = Buffer.alloc(1024 * 1024, ' ')
  const { client } = await clientOf(t, (_request, response) => {
    const more = () => {
      while (response.write(piece));
    }
    response.on('drain', more)
    more()
  })
  const answer = await client.call({ method: 'GET', path: '/', timeoutMs: 60_000 })
  assert.deepEqual(answer, { kind: 'unknown' })
})

test('a redirect is an answer: nobody is led elsewhere', async (t) => {
  let asked = 0
  const { client } = await clientOf(t, (_request, response) => {
    asked++
    response.writeHead(307, { location: '/elsewhere' }).end()
  })
  const answer = await client.call({ method: 'GET', path: '/' })
  assert.deepEqual([answer.kind === 'answer' && answer.status, asked], [307, 1])
})
