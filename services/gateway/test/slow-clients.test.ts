import assert from 'node:assert/strict'
import { test } from 'node:test'
import { head, trickle } from './raw-client.ts'
import { rudeWorld } from './rude-world.ts'

const quick = { headersTimeoutMs: 300, requestTimeoutMs: 600 }
const many = (piece: string) => Array<string>(1_000).fill(piece)

test('a head that comes too slowly is 408, however steadily it comes', async (t) => {
  const world = await rudeWorld(t, { headersTimeoutMs: 300, requestTimeoutMs: 60_000 })
  const before = await world.ended('slow-head')
  const client = await world.dial()
  client.send('GET /v1/sales HTTP/1.1\r\nhost: door\r\n')
  const trickling = trickle(client, many('x: y\r\n'), 20)
  await world.honestBuyerIsServed()
  await client.ended()
  client.socket.destroy()
  await trickling
  assert.deepEqual([client.statuses(), client.problems()], [['408'], ['request-timeout']])
  assert.equal((await world.ended('slow-head')) - before, 1)
})

test('a body that comes too slowly is 408, whole in itself or in chunks, bought with or not', async (t) => {
  const world = await rudeWorld(t, quick)
  const length = { 'content-length': 1_000 }
  const chunked = {
    'content-type': 'application/json',
    'transfer-encoding': 'chunked',
  }
  const purchase = world.purchase(length, '')
  const callback = head('POST /v1/payments/callbacks/bank', chunked)
  const before = await world.ended('slow-body')
  for (const [start, piece] of [
    [purchase, ' '],
    [callback, '1\r\nx\r\n'],
  ] as const) {
    const client = await world.dial()
    client.send(start)
    const trickling = trickle(client, many(piece), 20)
    await world.honestBuyerIsServed()
    await client.ended()
    client.socket.destroy()
    await trickling
    assert.deepEqual([client.statuses(), client.problems()], [['408'], ['request-timeout']])
  }
  assert.equal((await world.ended('slow-body')) - before, 2)
})

test('who is refused before the body has come gets one answer, and no time to send it for ever', async (t) => {
  const world = await rudeWorld(t, quick)
  const refused = [
    [head(`POST ${world.soldOutPath}`, { 'content-length': 60_000 }), '409'],
    [head(`POST ${world.path}`, { 'content-length': 60_000 }), '401'],
    [head('POST /nothing', { 'content-length': 60_000 }), '404'],
  ] as const
  for (const [start, status] of refused) {
    const client = await world.dial()
    client.send(start)
    const trickling = trickle(client, many('x'), 20)
    await world.honestBuyerIsServed()
    await client.ended()
    client.socket.destroy()
    await trickling
    const last = status === '404' ? ['408'] : [status] // a body sent to no route is read first
    assert.deepEqual(client.statuses(), last, start)
  }
})

test('after a refusal before the body, the next request of the connection is answered for itself', async (t) => {
  const world = await rudeWorld(t, {})
  const client = await world.dial()
  client.send(head(`POST ${world.soldOutPath}`, { 'content-length': 20_000 }))
  await client.answers(1)
  client.send(`${'x'.repeat(20_000)}${head('GET /healthz')}`)
  await client.answers(2)
  assert.deepEqual(client.statuses(), ['409', '200'])
})

test('a connection that never says anything is closed, and one that is idle after its answer', async (t) => {
  const world = await rudeWorld(t, {
    headersTimeoutMs: 100,
    silentTimeoutMs: 400,
    keepAliveTimeoutMs: 1, // Node adds one second
  })
  const before = { silent: await world.ended('silent'), idle: await world.ended('idle') }
  const [silent, idle] = [await world.dial(), await world.dial()]
  idle.send(head('GET /healthz'))
  await world.honestBuyerIsServed()
  await Promise.all([silent.ended(), idle.ended()])
  assert.deepEqual([silent.received(), idle.statuses()], ['', ['200']])
  assert.equal((await world.ended('silent')) - before.silent, 1)
  assert.ok((await world.ended('idle')) > before.idle)
})

test('a connection may wait with its first request for longer than a head may take', async (t) => {
  const world = await rudeWorld(t, { headersTimeoutMs: 100, requestTimeoutMs: 100 })
  const client = await world.dial()
  const late = await world.dial()
  late.send('GET')
  await late.ended() // by then the other would have been closed as well
  client.send(head('GET /healthz'))
  await client.answers(1)
  assert.deepEqual([client.statuses(), late.statuses()], [['200'], ['408']])
  client.send('GET')
  await client.ended() // its heads are timed all the same
  assert.deepEqual(client.statuses(), ['200', '408'])
})

test('a client that has shut its sending side gets the answer to what it sent, then the end', async (t) => {
  const held = Promise.withResolvers<void>()
  const world = await rudeWorld(
    t,
    {},
    {
      reserve: async ({ orderId }) => {
        await held.promise
        return { kind: 'held', orderId }
      },
    },
  )
  const [whole, part, nothing] = [await world.dial(), await world.dial(), await world.dial()]
  whole.socket.end(world.purchase())
  part.socket.end(world.purchase({ 'content-length': 1_000 }))
  nothing.socket.end()
  await Promise.all([part.ended(), nothing.ended()]) // so the end of the first was seen, too
  held.resolve()
  await whole.ended()
  assert.deepEqual([whole.statuses(), part.statuses(), nothing.received()], [['202'], ['400'], ''])
  await world.honestBuyerIsServed()
})
