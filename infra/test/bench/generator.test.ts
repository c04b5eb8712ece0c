import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAnswerReader } from '../../src/bench/load/answer-reader.ts'
import { answerDriven, due, paced } from '../../src/bench/load/feeds.ts'
import { startGenerator } from '../../src/bench/load/generator.ts'
import { buyRequest, type Load } from '../../src/bench/load/load.ts'
import { quantile } from '../../src/bench/statistics.ts'

const accept = { status: 202, text: '"accepted"' }

test('an answer is read whole, in however many pieces it comes', () => {
  const answer = 'HTTP/1.1 202 Accepted\r\nA: b\r\nContent-Length: 5\r\n\r\nhello'
  for (const pieces of [1, 3, answer.length]) {
    const read = createAnswerReader()
    const size = Math.ceil(answer.length / pieces)
    const got: unknown[] = []
    for (let at = 0; at < answer.length; at += size) {
      const found = read(answer.slice(at, at + size))
      if (found) got.push(found)
    }
    assert.deepEqual(got, [{ status: 202, body: 'hello' }])
  }
  assert.throws(() => createAnswerReader()('HTTP/1.1 200 OK\r\n\r\n'), /without a length/)
  assert.throws(() => createAnswerReader()(`${answer}HTTP/1.1`), /more than one answer/)
})

test('each request is sent once, and only the answers that were expected count', async (t) => {
  const keys: unknown[] = []
  const port = await serve(t, (request, response) => {
    const key = Number(request.headers['idempotency-key'])
    keys.push(key)
    if (key % 10 === 3) return void answer(response, 409, '{"type":"sold-out"}')
    const status = key % 10 === 7 ? 'unconfirmed' : 'accepted'
    answer(response, 202, JSON.stringify({ orderId: `order-${key}`, status }))
  })
  const requests = Array.from({ length: 200 }, (_, i) => buyRequest({ path: '/', key: `${i}` }))
  const report = await run(t, { port, requests, connections: 7, spanMs: 20_000, expect: accept })

  assert.deepEqual(
    keys.toSorted(byNumber),
    Array.from({ length: 200 }, (_, i) => i),
  )
  assert.equal(report.answered, 200)
  assert.equal(report.counted, 160)
  assert.deepEqual(report.others, { 409: 20, unconfirmed: 20 })
  assert.equal(new Set(report.accepted).size, 160)
  assert.equal(new Set(report.unconfirmed).size, 20)
  assert.ok(report.countedMs < 20_000)
})

test('a 202 that names no order does not count: no ledger could be asked for it', async (t) => {
  const port = await serve(t, (request, response) => {
    const isNamed = Number(request.headers['idempotency-key']) % 2 === 0
    answer(response, 202, isNamed ? '{"orderId":"o","status":"accepted"}' : '{"status":"accepted"}')
  })
  const requests = Array.from({ length: 20 }, (_, i) => buyRequest({ path: '/', key: `${i}` }))
  const report = await run(t, { port, requests, connections: 2, spanMs: 20_000, expect: accept })
  assert.equal(report.counted, 10)
  assert.deepEqual(report.others, { 202: 10 })
})

test('answers after the span do not count, and are waited for', async (t) => {
  const port = await serve(t, async (_request, response) => {
    await sleep(500)
    answer(response, 202, '{"orderId":"o","status":"accepted"}')
  })
  const requests = [buyRequest({ path: '/' })]
  const load = { port, requests, again: true, connections: 4, spanMs: 900, expect: accept }
  const { counted, expected } = await run(t, load)
  assert.equal(counted, 4)
  assert.equal(expected, 8)
})

test('at a steady pace a slow server gets no fewer requests, and waiting is part of the latency', async (t) => {
  const port = await serve(t, async (_request, response) => {
    await sleep(100)
    answer(response, 202, '{"orderId":"o","status":"accepted"}')
  })
  const requests = [buyRequest({ path: '/' })]
  const load = { port, requests, again: true, spanMs: 1_000, perSecond: 40, expect: accept }
  const enough = await run(t, { ...load, connections: 20 })
  const tooFew = await run(t, { ...load, connections: 2 }) // which take 20 a second
  assert.equal(enough.expected, 40)
  assert.equal(tooFew.expected, 40)
  assert.ok(quantile(tooFew.latenciesMs, 0.5) > 300 + quantile(enough.latenciesMs, 0.5) / 2)
})

test('a connection that breaks is told, and its request is not sent again', async (t) => {
  let count = 0
  const port = await serve(t, (request, response) => {
    if (++count === 5) request.socket.destroy()
    else answer(response, 202, '{"orderId":"o","status":"accepted"}')
  })
  const requests = Array.from({ length: 30 }, () => buyRequest({ path: '/' }))
  const report = await run(t, { port, requests, connections: 3, spanMs: 10_000, expect: accept })
  assert.deepEqual(report.others, { lost: 1 })
  assert.equal(report.answered, 29)
})

test('the closed model follows the answers, the open one the clock', () => {
  const closed = answerDriven(1_000)
  closed.start(5_000)
  assert.equal(closed.take(5_100), 5_100)
  assert.equal(closed.take(6_000), undefined)
  assert.equal(closed.isOver(6_000), true)

  const open = paced(1_000, 10)
  open.start(5_000)
  assert.equal(open.take(5_050), undefined)
  assert.equal(open.take(5_250), 5_250) // two came until now
  assert.equal(open.hasWaiting(), true)
  assert.equal(open.take(5_260), 5_250)
  assert.equal(open.take(5_260), undefined)
  let late = 0
  while (open.take(9_000) !== undefined) late++
  assert.equal(late, 8) // none arrives after the span
})

test('what is due arrives when it is due, whenever the generator looks, and nothing after the span', () => {
  const feed = due(1_000, 10)
  feed.start(5_000)
  assert.equal(feed.take(5_000), 5_000)
  assert.equal(feed.take(5_099), undefined)
  assert.deepEqual([feed.take(5_350), feed.take(5_350), feed.take(5_350)], [5_100, 5_200, 5_300])
  assert.equal(feed.take(5_350), undefined)
  let late = 0
  while (feed.take(9_000) !== undefined) late++
  assert.equal(late, 6)
})

test('answers are told apart by kind, and each 202 by the request that it answers', async (t) => {
  const port = await serve(t, (request, response) => {
    const key = Number(request.headers['idempotency-key'])
    if (key % 5 === 1) return void answer(response, 409, '{"type":"sold-out"}')
    if (key % 5 === 2) return void answer(response, 409, '{"type":"limit-reached"}')
    if (key % 5 === 3) return void answer(response, 500, '{}')
    answer(response, 202, `{"orderId":"order-${key}","status":"accepted"}`)
  })
  const requests = Array.from({ length: 100 }, (_, i) => buyRequest({ path: '/', key: `${i}` }))
  const kinds = { accepted: accept, 'sold out': { status: 409, text: 'sold-out' } }
  const load = { port, requests, connections: 5, spanMs: 20_000, expect: accept, kinds }
  const { byKind, accepted, acceptedRequests, bytes } = await run(t, load)
  const counts = Object.entries(byKind).map(([kind, latencies]) => [kind, latencies.length])
  assert.deepEqual(Object.fromEntries(counts), { accepted: 40, 'sold out': 20, other: 40 })
  assert.deepEqual(
    accepted,
    acceptedRequests.map((request) => `order-${request}`),
  )
  assert.equal(bytes.sent, requests.join('').length)
  assert.ok(bytes.received > 100 * 'HTTP/1.1 200 OK'.length)
})

test('late is told by its reason: a slow server leaves no connection free', async (t) => {
  const port = await serve(t, async (_request, response) => {
    await sleep(100)
    answer(response, 202, '{"orderId":"o","status":"accepted"}')
  })
  const requests = [buyRequest({ path: '/' })]
  const load = { port, requests, again: true, spanMs: 1_000, perSecond: 40, expect: accept }
  const { late, latenciesMs } = await run(t, { ...load, whenDue: true, connections: 2 })
  assert.equal(latenciesMs.length, 40)
  assert.ok(late.connection >= 30, JSON.stringify(late))
  assert.ok(late.generator <= 2, JSON.stringify(late))
})

test('the connections are spread over all ports', async (t) => {
  const counts = [0, 0, 0]
  const ports: number[] = []
  for (const i of counts.keys()) {
    const port = await serve(t, (_request, response) => {
      counts[i] = (counts[i] ?? 0) + 1
      answer(response, 202, '{"orderId":"o","status":"accepted"}')
    })
    ports.push(port)
  }
  const requests = Array.from({ length: 60 }, () => buyRequest({ path: '/' }))
  await run(t, { port: 0, ports, requests, connections: 6, spanMs: 20_000, expect: accept })
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    60,
  )
  assert.ok(
    counts.every((count) => count > 0),
    `${counts}`,
  )
})

test('with a bound on what is under way the connections take turns', async (t) => {
  const sockets = new Map<unknown, number>()
  const [now, most] = [{ open: 0 }, { open: 0 }]
  const port = await serve(t, async (request, response) => {
    sockets.set(request.socket, (sockets.get(request.socket) ?? 0) + 1)
    most.open = Math.max(most.open, ++now.open)
    await sleep(1)
    now.open--
    answer(response, 202, '{"orderId":"o","status":"accepted"}')
  })
  const requests = Array.from({ length: 300 }, () => buyRequest({ path: '/' }))
  const load = { port, requests, connections: 100, underWayMax: 3, spanMs: 20_000, expect: accept }
  const { answered } = await run(t, load)
  assert.equal(answered, 300)
  assert.equal(most.open, 3)
  assert.deepEqual(
    [...sockets.values()],
    Array.from({ length: 100 }, () => 3),
  )
})

const byNumber = (a: unknown, b: unknown) => Number(a) - Number(b)

async function run(t: TestContext, load: Load) {
  const generator = startGenerator()
  t.after(generator.stop)
  return await generator.run(load)
}

type Response = Parameters<RequestListener>[1]

function answer(response: Response, status: number, body: string) {
  response.writeHead(status, { 'content-length': Buffer.byteLength(body) }).end(body)
}

async function serve(t: TestContext, listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}
