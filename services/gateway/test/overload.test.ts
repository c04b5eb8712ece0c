import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { sleep, until } from '@flashsale/service-kit/wait.ts'
import fc from 'fast-check'
import { createShedding } from '../src/domain/shedding.ts'
import { restMsOf } from '../src/http/send-away.ts'
import { aSale, buyerToken, outcome, startGateway } from './gateway.ts'

const PLACES = 20
const BUSY = { idleShare: 0, waiting: 500 }
const IDLE = { idleShare: 0.5, waiting: 0 }

/** Looks every 100 ms, for so long, and refuses so many in between. */
function shedding() {
  const made = createShedding()
  let nowMs = 0
  const pass = (
    ms: number,
    look: typeof BUSY & { isFull?: boolean },
    { refused = 0, taken = 0 } = {},
  ) => {
    const told: number[] = []
    for (const endMs = nowMs + ms; nowMs < endMs; nowMs += 100) {
      made.look({ nowMs, ...look })
      for (let i = 0; i < refused; i++) told.push(made.refuse(nowMs, i / refused))
      for (let i = 0; i < taken; i++) made.noteTaken()
    }
    return told
  }
  return { ...made, pass }
}

test('a rush that is over within three seconds waits in line, and nobody is sent away', () => {
  const { pass, isOver } = shedding()
  pass(3_000, BUSY)
  assert.equal(isOver(), false)
  pass(100, IDLE)
  pass(3_000, BUSY)
  assert.equal(isOver(), false)
  pass(200, BUSY)
  assert.equal(isOver(), true)
})

test('one that is held back, and so seems to wait for events now and then, is overloaded', () => {
  const { pass, isOver } = shedding()
  const second = (idleShares: number[]) => {
    for (const idleShare of idleShares) pass(100, { ...BUSY, idleShare })
  }
  const heldBack = [0, 0, 0.2, 0, 0, 0.2, 0, 0, 0, 0]
  const withTimeToSpare = [0, 0, 0.2, 0.2, 0, 0.2, 0, 0, 0, 0]
  for (let i = 0; i < 10; i++) second(withTimeToSpare)
  assert.equal(isOver(), false)
  for (let i = 0; i < 7; i++) second(heldBack)
  assert.equal(isOver(), true)
})

test('a line that is full is too much at once, if there is no time to spare: else it waits for others', () => {
  const { pass, isOver } = shedding()
  const full = { ...BUSY, isFull: true }
  pass(1_000, { ...full, idleShare: 0.15 })
  assert.equal(isOver(), false)
  pass(100, full)
  assert.equal(isOver(), true)
})

test('a process that is busy while nobody waits in line is not overloaded', () => {
  const { pass, isOver } = shedding()
  pass(5_000, { idleShare: 0, waiting: 0 })
  assert.equal(isOver(), false)
})

test('it lasts while somebody is refused and there is little time to spare', () => {
  const { pass, isOver } = shedding()
  const little = { idleShare: 0.05, waiting: 0 }
  pass(3_500, BUSY)
  pass(3_000, little, { refused: 1 })
  assert.equal(isOver(), true)
  pass(1_100, little)
  assert.equal(isOver(), false)
})

test('it is over after a second with time to spare: refusals alone would keep it going', () => {
  const { pass, isOver } = shedding()
  pass(3_500, BUSY)
  pass(900, IDLE, { refused: 1 })
  assert.equal(isOver(), true)
  pass(300, IDLE, { refused: 1 })
  assert.equal(isOver(), false)
})

test('the more are refused, the longer they are told to stay away, and not all the same', () => {
  const { pass } = shedding()
  pass(3_500, BUSY)
  const many = { refused: 100, taken: 100 }
  const waves = Array.from({ length: 12 }, () => pass(200, BUSY, many))
  const least = waves.map((told) => Math.min(...told))
  assert.deepEqual(least, [1, 4, 8, 16, 16, 16, 16, 16, 16, 16, 16, 16]) // four times too many
  assert.equal(Math.max(...(waves.at(-1) ?? [])), 32)
  assert.ok(new Set(waves.at(-1)).size > 10)
  const few = { refused: 1, taken: 100 }
  const later = Array.from({ length: 12 }, () => pass(200, BUSY, few)).map((told) =>
    Math.min(...told),
  )
  assert.deepEqual(later.slice(0, 4), [16, 12, 9, 7])
  assert.equal(later.at(-1), 1)
})

test('in overload as many are at inventory as are taken in 40 ms, and 96 at least', () => {
  const { pass, placesMax } = shedding()
  assert.equal(placesMax(), Number.POSITIVE_INFINITY)
  pass(3_500, BUSY, { taken: 300, refused: 1 })
  pass(600, BUSY, { taken: 300, refused: 1 })
  assert.equal(placesMax(), 120) // 3,000 a second
  pass(1_100, BUSY, { taken: 50, refused: 1 })
  assert.equal(placesMax(), 96)
  pass(3_000, IDLE)
  assert.equal(placesMax(), Number.POSITIVE_INFINITY)
})

test('whatever happens, who is refused is told one to 32 seconds', () => {
  const step = fc.record({
    ms: fc.integer({ min: 1, max: 5_000 }),
    idleShare: fc.double({ min: 0, max: 1, noNaN: true }),
    waiting: fc.nat(5_000),
    refused: fc.nat(20),
    taken: fc.nat(20),
  })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { pass } = shedding()
      for (const { ms, idleShare, waiting, refused, taken } of steps) {
        const told = pass(ms, { idleShare, waiting }, { refused, taken })
        assert.ok(
          told.every((seconds) => Number.isInteger(seconds) && seconds >= 1 && seconds <= 32),
        )
      }
    }),
  )
})

test('a connection rests for as long as its buyer was told, and five seconds at most', () => {
  assert.deepEqual([1, 4, 5, 6, 32].map(restMsOf), [1_000, 4_000, 5_000, 5_000, 5_000])
})

/** One whose attempts at inventory have no answer until the test says so; with every place taken. */
async function fullGateway(t: TestContext, trustedProxies: string[] = []) {
  const sale = aSale()
  const { promise: end, resolve: release } = Promise.withResolvers<void>()
  const placesMax = () => PLACES
  const load = { isOver: () => true, placesMax, refuse: () => 1, noteTaken() {} }
  const reserve = async () => {
    await end
    return { kind: 'unavailable' } as const
  }
  t.after(() => release()) // these run in order: else the gateway would wait for its answers
  const gateway = await startGateway(t, { sales: [sale], reserve, load, trustedProxies })
  const path = `/v1/sales/${sale.id}/orders`
  const buy = (token = buyerToken()) => gateway.call('POST', path, { token, body: { quantity: 1 } })
  const inside = Array.from({ length: PLACES }, () => buy())
  await untilRefused(buy)
  t.after(() => Promise.all(inside))
  return { ...gateway, path, buy }
}

/** The places are taken when the first one is told so. */
async function untilRefused(buy: () => Promise<unknown>) {
  for (let answer: unknown; answer === undefined; ) {
    answer = await Promise.race([buy(), sleep(200)])
  }
}

test('in overload who finds no room is sent away before the token is read', async (t) => {
  const { buy, call } = await fullGateway(t)
  const answer = await buy('no token')
  assert.equal(outcome(answer), '503 try-later')
  assert.equal(answer.headers.get('retry-after'), '1')
  assert.equal((await call('GET', '/healthz')).status, 200)
  assert.equal(
    outcome(await call('GET', '/v1/orders/x', { token: buyerToken() })),
    '404 order-not-found',
  )
})

test('in overload nobody waits in line, whichever way the request took', async (t) => {
  const { call, path, turns } = await fullGateway(t)
  const take = t.mock.method(turns, 'take')
  const wanted = { token: buyerToken(), body: { quantity: 1 } }
  assert.equal(outcome(await call('POST', `${path}?by=router`, wanted)), '503 try-later')
  assert.equal(take.mock.callCount(), 0)
})

test('over the connection of a buyer who was sent away nothing is read before the time', async (t) => {
  const { ask, socket, answer } = await raw(t)
  ask()
  assert.equal(await answer(), SENT_AWAY)
  await until(() => socket().isPaused(), { timeoutMs: 5_000, everyMs: 1, what: 'it to rest' })
  const before = socket().bytesRead
  let atItsEnd: number | undefined
  socket().once('resume', () => {
    atItsEnd = socket().bytesRead
  })
  ask()
  await until(() => atItsEnd !== undefined, { timeoutMs: 5_000, everyMs: 1, what: 'its end' })
  assert.equal(atItsEnd, before)
  assert.equal(await answer(), SENT_AWAY)
})

for (const [name, proxies, header] of [
  ['of ours', ['127.0.0.1'], ''],
  ['of others', [], 'X-Forwarded-For: 192.0.2.1\r\n'],
] as const) {
  test(`a connection of a proxy ${name} is read on: it belongs to many buyers`, async (t) => {
    const { ask, socket, answer } = await raw(t, [...proxies], header)
    ask()
    assert.equal(await answer(), SENT_AWAY)
    let rested = false
    socket().on('pause', () => {
      rested = true
    })
    ask()
    assert.equal(await answer(), SENT_AWAY)
    assert.equal(rested || socket().isPaused(), false)
  })
}

const SENT_AWAY = 'HTTP/1.1 503 Service Unavailable'

/** One connection, seen from both of its ends. */
async function raw(t: TestContext, trustedProxies: string[] = [], header = '') {
  const { url, path, app } = await fullGateway(t, trustedProxies)
  const accepted = once(app.server, 'connection')
  const { port, hostname } = new URL(url)
  const client = connect({ port: Number(port), host: hostname })
  t.after(() => client.destroy())
  const [seen] = (await accepted) as [Socket]
  const head = `POST ${path} HTTP/1.1\r\nhost: x\r\n${header}content-type: application/json\r\n`
  const answers: string[] = []
  client.on('data', (text) => answers.push(String(text)))
  return {
    socket: () => seen,
    ask: () => client.write(`${head}content-length: 14\r\n\r\n{"quantity":1}`),
    async answer() {
      const came = { timeoutMs: 10_000, everyMs: 1, what: 'an answer' }
      return (await until(() => answers.shift(), came)).split('\r\n')[0]
    },
  }
}
