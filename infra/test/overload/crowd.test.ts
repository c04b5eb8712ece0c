import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { buyRequest } from '../../src/bench/load/load.ts'
import { createArrivals } from '../../src/overload/arrivals.ts'
import { createBuyers } from '../../src/overload/buyers.ts'
import { type CrowdReport, outcomes } from '../../src/overload/crowd.ts'
import { sendCrowd } from '../../src/overload/send-crowd.ts'
import { createTally } from '../../src/overload/tally.ts'
import { waitUntil } from '../../src/wait-until.ts'

type Told = { status: number; orderId?: string; retryAfter?: number }

async function shop(t: TestContext, answer: (nth: number, request: IncomingMessage) => Told) {
  let nth = 0
  const server = createServer((request, response) => {
    const { status, orderId, retryAfter } = answer(nth++, request)
    const body = JSON.stringify(orderId ? { orderId, status: 'accepted' } : {})
    response.writeHead(status, {
      'content-length': body.length,
      ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    })
    response.end(body)
  })
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { port: (server.address() as AddressInfo).port, asked: () => nth }
}

const requests = (count: number) =>
  Array.from({ length: count }, (_, i) => buyRequest({ path: '/', token: `t-${i}` }))
const said = ({ said }: CrowdReport, name: (typeof outcomes)[number]) =>
  said.filter((one) => one === outcomes.indexOf(name)).length

test('buyers arrive evenly, phase by phase, whenever somebody looks', () => {
  const arrivals = createArrivals([
    { name: 'a', spanMs: 100, perSecond: 50 },
    { name: 'b', spanMs: 50, perSecond: 100 },
  ])
  const arrivedBy = (nowMs: number) => {
    const all: number[] = []
    for (let one = arrivals.take(nowMs); one; one = arrivals.take(nowMs)) all.push(one.atMs)
    return all
  }
  assert.deepEqual(arrivedBy(45), [0, 20, 40])
  assert.deepEqual(arrivedBy(46), [])
  assert.equal(arrivals.isOver(1_000), false)
  assert.deepEqual(arrivedBy(1_000), [60, 80, 100, 110, 120, 130, 140])
  assert.deepEqual([arrivals.isOver(149), arrivals.isOver(150)], [false, true])
})

test('each arrival has one outcome, and each 202 names its order', async (t) => {
  const { port, asked } = await shop(t, (nth) => ({ status: 202, orderId: `o-${nth}` }))
  const phases = [{ name: 'all', spanMs: 300, perSecond: 200 }]
  const report = await sendCrowd({ port, requests: requests(60), connections: 8, phases })
  assert.equal(report.said.length, 60)
  assert.equal(said(report, 'accepted') + said(report, 'kept away'), 60)
  assert.equal(asked(), said(report, 'accepted'))
  assert.equal(new Set(report.accepted).size, asked())
  assert.ok(
    report.tookMs.every(
      (ms, i) => Number.isNaN(ms) || (ms >= 0 && (report.arrivedMs[i] ?? -1) >= 0),
    ),
  )
})

test('who is sent away rests with his connection, and comes again as the same buyer', async (t) => {
  const tokens: (string | undefined)[] = []
  const { port } = await shop(t, (nth, { headers }) => {
    tokens.push(headers.authorization)
    return nth === 0 ? { status: 503, retryAfter: 2 } : { status: 202, orderId: `o-${nth}` }
  })
  const tally = createTally()
  const buyers = createBuyers({ port, requests: requests(1), connections: 1, phases: [] }, tally)
  await buyers.connect()
  t.after(buyers.close)
  const startedAt = performance.now()
  buyers.start(startedAt)
  const answered = () => waitUntil('an answer', async () => buyers.asking() === 0, 10_000)
  buyers.ask({ atMs: 0, underWayMax: undefined })
  await answered()
  buyers.ask({ atMs: 1, underWayMax: undefined })
  buyers.wake(startedAt + 1_900)
  buyers.ask({ atMs: 2, underWayMax: undefined })
  buyers.wake(performance.now() + 2_000)
  buyers.ask({ atMs: 3, underWayMax: undefined })
  await answered()
  const names = [...tally.report().said].map((at) => outcomes[at])
  assert.deepEqual(names, ['503', 'kept away', 'kept away', 'accepted'])
  assert.deepEqual(tokens, ['Bearer t-0', 'Bearer t-0'])
})

test('a phase that bounds what is under way sends no more at a time, over all connections in turn', async (t) => {
  const [now, most] = [{ open: 0 }, { open: 0 }]
  const sockets = new Set<unknown>()
  const server = createServer((request, response) => {
    sockets.add(request.socket)
    most.open = Math.max(most.open, ++now.open)
    setImmediate(() => {
      now.open--
      const body = JSON.stringify({
        orderId: `o-${request.headers.authorization}`,
        status: 'accepted',
      })
      response.writeHead(202, { 'content-length': body.length }).end(body)
    })
  })
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const phases = [{ name: 'full', spanMs: 500, perSecond: 5_000, underWayMax: 4 }]
  const report = await sendCrowd({ port, requests: requests(2_500), connections: 32, phases })
  assert.ok(most.open <= 4, `${most.open} at a time`)
  assert.equal(sockets.size, 32)
  assert.equal(said(report, 'accepted') + said(report, 'kept away'), 2_500)
  assert.ok(said(report, 'kept away') > 0)
})
