import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '@flashsale/test-kit/wait.ts'
import { startProxy } from '../../src/proxy/proxy.ts'

const quietMs = 150 // long enough for what is wrongly passed to arrive

/** A server that answers every line with its own name and the line. */
async function startEcho(t: TestContext, name: string) {
  const sockets = new Set<Socket>()
  const seen: string[] = []
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (data) => {
      seen.push(...data.toString().split('\n').filter(Boolean))
      socket.write(`${name}:${data}`)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return { port, seen, sockets }
}

async function connectTo(t: TestContext, port: number) {
  const socket = connect({ port, host: '127.0.0.1' })
  t.after(() => socket.destroy())
  let received = ''
  let error: string | undefined
  socket.on('data', (data) => {
    received += data.toString()
  })
  socket.on('error', (fault: NodeJS.ErrnoException) => {
    error = fault.code
  })
  await eventually('the connection or its end', () => !socket.connecting)
  return {
    socket,
    send: (line: string) => socket.write(`${line}\n`),
    received: () => received,
    error: () => error,
    gets: (text: string) => eventually(`the answer ${text}`, () => received.includes(text)),
    isReset: () => eventually('a reset', () => error === 'ECONNRESET'),
  }
}

async function setUp(t: TestContext) {
  const echo = await startEcho(t, 'one')
  const proxy = await startProxy({ target: echo.port })
  t.after(() => proxy.close())
  return { echo, proxy, client: await connectTo(t, proxy.port) }
}

test('a line passes both ways, and its end too', async (t) => {
  const { client } = await setUp(t)
  client.send('hello')
  await client.gets('one:hello')
  client.socket.end()
  await once(client.socket, 'close')
  assert.equal(client.error(), undefined)
})

test('a cut resets what is open, refuses what is new, and a restore takes the same port again', async (t) => {
  const { proxy, client } = await setUp(t)
  proxy.cut()
  await client.isReset()
  const refused = await connectTo(t, proxy.port)
  assert.equal(refused.error(), 'ECONNREFUSED')
  await proxy.restore()
  const again = await connectTo(t, proxy.port)
  again.send('back')
  await again.gets('one:back')
})

test('a stalled line takes connections and passes nothing; what waited comes in order', async (t) => {
  const { echo, proxy, client } = await setUp(t)
  proxy.stall()
  const late = await connectTo(t, proxy.port)
  assert.equal(late.error(), undefined)
  for (const line of ['first', 'second']) client.send(line)
  late.send('third')
  await sleep(quietMs)
  assert.deepEqual(echo.seen, [])
  await proxy.restore()
  await client.gets('second')
  await late.gets('one:third')
  assert.ok(client.received().indexOf('first') < client.received().indexOf('second'))
})

test('a kept answer is told of, its request was done, and it is lost by a cut', async (t) => {
  const { echo, proxy, client } = await setUp(t)
  const held = proxy.holdAnswers()
  client.send('take')
  await held
  assert.deepEqual(echo.seen, ['take'])
  proxy.cut()
  await client.isReset()
  assert.equal(client.received(), '')
})

test('a kept answer arrives after a restore', async (t) => {
  const { proxy, client } = await setUp(t)
  const held = proxy.holdAnswers()
  client.send('take')
  await held
  assert.equal(client.received(), '')
  await proxy.restore()
  await client.gets('one:take')
})

test('a slow line takes its time both ways', async (t) => {
  const { proxy, client } = await setUp(t)
  proxy.delay(100)
  const startedAt = performance.now()
  client.send('slow')
  await client.gets('one:slow')
  assert.ok(performance.now() - startedAt >= 195)
})

test('a new target gets every new connection, and no old one stays', async (t) => {
  const { proxy, client } = await setUp(t)
  const other = await startEcho(t, 'two')
  proxy.retarget(other.port)
  await client.isReset()
  const next = await connectTo(t, proxy.port)
  next.send('hello')
  await next.gets('two:hello')
})

test('a server that resets or is not there is a reset for the client', async (t) => {
  const { echo, proxy, client } = await setUp(t)
  client.send('hello')
  await client.gets('one:hello')
  for (const socket of echo.sockets) socket.resetAndDestroy()
  await client.isReset()
  proxy.retarget(1)
  const nobody = await connectTo(t, proxy.port)
  await nobody.isReset()
})

test('what a slow reader has not taken stays with the sender', async (t) => {
  const { echo, proxy, client } = await setUp(t)
  proxy.stall()
  const [chunk, wanted] = [Buffer.alloc(1_048_576, 'x'), 64]
  for (let count = 0; count < wanted; count++) client.socket.write(chunk)
  await sleep(quietMs)
  assert.ok(client.socket.writableLength > 32 * chunk.length, 'the proxy took nearly all')
  await proxy.restore()
  await eventually('all of it to be there', () => client.received().length >= wanted * 1_048_576, {
    timeoutMs: 30_000,
  })
  assert.equal(echo.seen.join('').length, wanted * chunk.length)
})
