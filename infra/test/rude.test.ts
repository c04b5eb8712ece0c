import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { openLine } from '../src/rude/line.ts'
import { type Sample, socketsOn } from '../src/rude/samples.ts'
import { page } from '../src/rude/tables.ts'
import { bounds, judge, slope } from '../src/rude/verdict.ts'

const sample = (atS: number, phase: string, more: Partial<Sample> = {}): Sample => ({
  atS,
  phase,
  rude: 0,
  rssMiB: 200,
  heapMiB: 60,
  externalMiB: 5,
  fds: 100,
  connections: 50,
  sockets: {},
  answers: 10,
  buyP50Ms: 5,
  buyP99Ms: 20,
  ...more,
})
const ended = { '408, closed': 3 }
const kind = { name: 'slow', limit: 'x', connections: 3, endings: ended, endedAfterMs: undefined }
const times = Array.from({ length: 61 }, (_, at) => at * 10)
const run = (rude: (atS: number) => Partial<Sample>, after: Partial<Sample> = {}) => ({
  samples: [
    ...times.slice(0, 6).map((atS) => sample(atS, 'before')),
    ...times.map((atS) => sample(60 + atS, 'rude', rude(atS))),
    ...times.slice(0, 6).map((atS) => sample(700 + atS, 'after', after)),
  ],
  kinds: [kind],
  checks: [],
  inexactAudits: 0,
  faults: [],
  receiptsWithoutEnd: 0,
})
const failuresOf = (given: Parameters<typeof judge>[0]) => judge(given).failures

test('the slope of a line through readings is what they grow by', () => {
  assert.equal(slope([[0, 1], [1, 3], [2, 5]]), 2) // biome-ignore format: points
  assert.equal(slope([[0, 4], [1, 4], [7, 4]]), 0) // biome-ignore format: points
  assert.equal(slope([[1, 9]]), 0) // biome-ignore format: points
})

test('memory that is flat in the last two thirds passes, whatever it did before', () => {
  assert.deepEqual(failuresOf(run((atS) => ({ rssMiB: 200 + Math.min(atS, 200) }))), [])
})

test('memory or files that grow on and on fail, and so does what stays behind', () => {
  const perSecond = (bounds.rssMiBPerMinute + 1) / 60
  assert.match(failuresOf(run((atS) => ({ rssMiB: 200 + atS * perSecond })))[0] ?? '', /resident/)
  assert.match(failuresOf(run((atS) => ({ heapMiB: 60 + atS * perSecond })))[0] ?? '', /heap/)
  assert.match(failuresOf(run((atS) => ({ fds: 100 + atS / 5 })))[0] ?? '', /file descriptors/)
  const left = failuresOf(run(() => ({}), { fds: 100 + bounds.fdsLeft + 1 }))
  assert.deepEqual(left, ['file descriptors: 100 before, 111 after'])
})

test('what stays grows, though what is collected hides it', () => {
  const waves = (atS: number) => Math.max(0, 500 - atS) / 4 + (atS % 30 === 0 ? 0 : 60)
  const rising = (atS: number) => ({
    rssMiB: 200 + waves(atS) * (atS % 50 === 0 ? 0 : 1) + (atS / 60) * 4,
  })
  assert.match(failuresOf(run(rising))[0] ?? '', /resident/)
  const unread = run(() => ({ heapMiB: Number.NaN }))
  assert.match(failuresOf(unread)[0] ?? '', /heap/)
})

test('a kind that no limit ended fails, and so do books that are not exact', () => {
  const good = run(() => ({}))
  for (const endings of [{}, { '408, closed': 3, '200, left by itself': 1 }]) {
    assert.equal(failuresOf({ ...good, kinds: [{ ...kind, endings }] }).length, 1)
  }
  assert.equal(failuresOf({ ...good, inexactAudits: 1 }).length, 1)
  assert.equal(failuresOf({ ...good, receiptsWithoutEnd: 1 }).length, 1)
  const check = { what: 'units', left: 1, right: 2, holds: false }
  assert.deepEqual(failuresOf({ ...good, checks: [check] }), ['units: 1, 2'])
})

test('the page says what passed, and what did not', () => {
  const good = run(() => ({}))
  const summary = {
    ...good,
    ...judge(good),
    kinds: [{ ...kind, endedAfterMs: { p50: 5_000, max: 5_900 } }],
    commit: 'abc',
    command: './dev rude',
    date: '2026-01-01',
    machine: { cpus: 2, cpuModel: 'x', memoryGiB: 8, node: 'v24' },
    minutes: 10,
    connectionsMax: 5_000,
    passed: true,
    endedByLimit: { 'slow-head': 3 },
    answers: { '202 accepted': 7 },
    requests: { asked: 9, tryLater: 1, failed: 0, failures: {} },
    sales: 2,
    receipts: 7,
    audits: { exact: 5, unavailable: 0, forgot: 0, inexact: 0 },
  }
  const text = page(summary)
  assert.match(text, /^slow +3 +5,000 ms +5,900 ms +x +408, closed 3$/m)
  assert.match(text, /^heap in use, MiB +0\.00 +≤ 3 ok$/m)
  assert.match(text, /PASSED/)
  const failures = ['heap in use grew']
  assert.match(page({ ...summary, passed: false, failures }), /FAILED\n {2}- heap in use grew$/)
})

test('sockets are counted by state, those of the port alone', () => {
  const row = (local: string, remote: string, state: string) =>
    `   0: 0100007F:${local} 0100007F:${remote} ${state} 00000000:00000000 00:00000000 00000000`
  const table = ['  sl local rem st', row('53FC', '9C40', '01'), row('9C40', '53FC', '01')]
  const more = [row('53FC', '0000', '0A'), row('53FC', '9C41', '08'), row('53FC', '9C42', '01')]
  assert.deepEqual(socketsOn(21_500, [...table, ...more].join('\n')), {
    established: 2,
    'close-wait': 1,
  })
})

test('a client tells how its connection ended, and which orders it was given', async (t) => {
  const answers: [answer: (socket: Socket) => void, how: string][] = [
    [(socket) => void socket.end('HTTP/1.1 408 Request Timeout\r\n\r\n'), '408, closed'],
    [(socket) => void socket.end(), 'closed'],
    [(socket) => void socket.resetAndDestroy(), 'reset'],
    [(socket) => void socket.end('HTTP/1.1 202 OK\r\n\r\n{"orderId":"o-1"}'), '202, closed'],
  ]
  for (const [answer, how] of answers) {
    const line = await openLine(await portOf(t, answer))
    assert.ok(line)
    line.buysWith('a-token')
    line.send('x')
    assert.equal((await line.over).how, how)
    const won = how.startsWith('202') ? [{ orderId: 'o-1', token: 'a-token' }] : []
    assert.deepEqual(line.won(), won)
  }
  assert.equal(await openLine(1), undefined)
})

async function portOf(t: TestContext, answer: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => answer(socket))
  })
  t.after(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
