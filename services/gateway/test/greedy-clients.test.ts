import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { head } from './raw-client.ts'
import { rudeWorld } from './rude-world.ts'

const WAIT = { timeoutMs: 20_000, what: 'the door to act' }
const inOrder = (count: number) => Array.from({ length: count })

test('pipelined requests are answered in order up to the limit; one more is hung up on', async (t) => {
  let asked = 0
  const held = Promise.withResolvers<void>()
  const world = await rudeWorld(
    t,
    { unansweredMax: 4 },
    {
      reserve: async ({ orderId }) => {
        asked++
        await held.promise
        return { kind: 'held', orderId }
      },
    },
  )
  const before = await world.ended('pipelined')
  const [within, over] = [await world.dial(), await world.dial()]
  within.send(
    inOrder(4)
      .map(() => world.purchase())
      .join(''),
  )
  await until(() => asked === 4, WAIT)
  over.send(
    inOrder(1_000)
      .map(() => world.purchase())
      .join(''),
  )
  await over.ended()
  assert.equal(over.received(), '')
  assert.equal((await world.ended('pipelined')) - before, 1)
  held.resolve()
  await within.answers(4)
  await world.honestBuyerIsServed()
  within.send(
    inOrder(4)
      .map(() => head('GET /healthz'))
      .join(''),
  )
  await within.answers(8)
  assert.equal(within.isOpen(), true)
  assert.ok(asked <= 4 + 4 + 1, `${asked} were asked`) // of 1,000 no more than the limit
})

test('who reads no answers is hung up on when nothing moves any more', async (t) => {
  const world = await rudeWorld(t, { silentTimeoutMs: 500, unansweredMax: ANSWERS })
  const before = await world.ended('unread')
  const client = await world.dial()
  client.socket.pause()
  client.send(head('GET /openapi.json').repeat(ANSWERS))
  await until(async () => (await world.buy()) === '202', WAIT) // as soon as all that is written
  await until(async () => (await world.ended('unread')) > before, WAIT)
  await world.honestBuyerIsServed()
})
const ANSWERS = 150 // together more than the kernel keeps for a reader

test('when all places are taken, those that were silent longest make room', async (t) => {
  const world = await rudeWorld(t, { connectionsMax: 20, silentTimeoutMs: 60_000 })
  const before = await world.ended('made-room')
  const silent = []
  for (const _ of inOrder(19)) silent.push(await world.dial())
  const [first] = silent
  await world.honestBuyerIsServed()
  const come = async () => {
    const guest = await world.dial()
    guest.send(head('GET /healthz', { connection: 'close' }))
    await guest.ended()
    return guest.statuses()[0]
  }
  await until(async () => (await come()) === '200' && first && !first.isOpen(), WAIT)
  assert.ok((await world.ended('made-room')) > before)
  assert.ok(silent.filter((client) => client.isOpen()).length >= 15) // no more than there is need for
})

test('when all places are busy, who comes is told so, or is not let in at all', async (t) => {
  const held = Promise.withResolvers<void>()
  let asked = 0
  const world = await rudeWorld(
    t,
    { connectionsMax: 20 },
    {
      reserve: async ({ orderId }) => {
        asked++
        await held.promise
        return { kind: 'held', orderId }
      },
    },
  )
  const busy = []
  for (const _ of inOrder(20)) {
    const client = await world.dial()
    client.send(world.purchase())
    busy.push(client)
  }
  await until(() => asked === 20, WAIT)
  const [guest, mute, oneMore] = [await world.dial(), await world.dial(), await world.dial()]
  oneMore.send(world.purchase())
  guest.send(world.purchase())
  await Promise.all([guest, mute, oneMore].map((client) => client.ended()))
  assert.deepEqual([guest.statuses(), guest.problems()], [['503'], ['try-later']])
  assert.match(guest.received(), /retry-after: 1/i)
  assert.deepEqual([mute.received(), oneMore.received()], ['', '']) // one more than 10 % is not told
  held.resolve()
  await Promise.all(busy.map((client) => client.answers(1)))
  assert.equal(asked, 20)
  for (const { socket } of busy) socket.destroy()
  await until(async () => (await world.call('GET', '/healthz')).status === 200, WAIT)
  await world.honestBuyerIsServed()
})

test('connections that are reset in the middle of anything leave nothing behind', async (t) => {
  const world = await rudeWorld(t, {})
  const open = async () => {
    const { text } = await world.call('GET', '/metrics')
    return Number(/^http_connections (\d+)$/m.exec(text)?.[1])
  }
  const resting = await open()
  const middles = [
    '',
    'POST /v1/sa',
    world.purchase({ 'content-length': 500 }),
    world.purchase(),
    head('POST /v1/payments/callbacks/bank', { 'transfer-encoding': 'chunked' }),
    world.purchase() + world.purchase(),
  ]
  for (const middle of [...middles, ...middles]) {
    const client = await world.dial()
    client.send(middle)
    client.socket.resetAndDestroy()
  }
  await until(async () => (await open()) <= resting, WAIT)
  await world.honestBuyerIsServed()
})
