import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Outcome } from '../src/http-client.ts'
import { until } from '../src/wait.ts'
import { answers, breaks, hangs, kindOf, saysTrouble, scriptedPeer } from './scripted-peer.ts'

const WAIT_MS = 15_000
const GET = { method: 'GET', path: '/' } as const
const ONCE = { method: 'POST', path: '/' } as const // must not be sent twice

test('a circuit opens when nobody answers, lets one call find out, and closes at its answer', async (t) => {
  const peer = await scriptedPeer(t, breaks)
  const { client, metric } = peer
  for (let i = 0; i < 10; i++) assert.deepEqual(await client.call(ONCE), { kind: 'unknown' })
  assert.equal(await metric('peer_circuit_open'), 1)

  const askedBefore = peer.asked()
  assert.deepEqual(await client.call(ONCE), { kind: 'not-sent' }) // never "unknown": it stayed here
  assert.equal(peer.asked(), askedBefore)
  assert.equal(await metric('peer_calls_total', { outcome: 'circuit-open' }), 1)

  const held: ServerResponse[] = []
  peer.does((_request, response) => void held.push(response))
  const calls: Promise<Outcome>[] = []
  const oneArrived = () => {
    calls.push(client.call(ONCE))
    return held.length > 0
  }
  await until(oneArrived, { timeoutMs: WAIT_MS, what: 'one to find out' })
  calls.push(client.call(ONCE), client.call(ONCE))
  held[0]?.end()
  const kinds = (await Promise.all(calls)).map(kindOf)
  assert.equal(peer.asked(), askedBefore + 1) // the others did not wait for it
  assert.deepEqual(
    kinds.filter((kind) => kind !== 'not-sent'),
    ['answer'],
  )
  assert.equal(await metric('peer_circuit_open'), 0)
  peer.does(answers)
  const all = await Promise.all(Array.from({ length: 20 }, () => client.call(ONCE)))
  assert.deepEqual(new Set(all.map(kindOf)), new Set(['answer']))
})

test('the call that finds out and fails leaves the circuit open, with a pause of its own', async (t) => {
  const peer = await scriptedPeer(t, breaks)
  for (let i = 0; i < 10; i++) await peer.client.call(ONCE)
  const foundOut = async () => kindOf(await peer.client.call(ONCE)) === 'unknown'
  await until(foundOut, { timeoutMs: WAIT_MS, what: 'a call that finds out', everyMs: 5 })
  assert.deepEqual(await peer.client.call(ONCE), { kind: 'not-sent' })
})

test('a clock that is set back does not keep a circuit open', async (t) => {
  const peer = await scriptedPeer(t, breaks)
  for (let i = 0; i < 10; i++) await peer.client.call(ONCE)
  const HOUR_MS = 3_600_000
  const realNow = Date.now
  t.mock.method(Date, 'now', () => realNow() - HOUR_MS)
  peer.does(answers)
  const isAnswered = async () => kindOf(await peer.client.call(ONCE)) === 'answer'
  await until(isAnswered, { timeoutMs: WAIT_MS, what: 'an answer' })
})

test('answers keep a circuit closed, whatever they say; trouble that nobody could help opens it', async (t) => {
  const peer = await scriptedPeer(t, saysTrouble)
  for (let i = 0; i < 30; i++) assert.equal(kindOf(await peer.client.call(ONCE)), 'answer')
  assert.equal(await peer.metric('peer_circuit_open'), 0)

  const couldNot = ({ status }: { status: number }) => status === 503
  for (let i = 0; i < 10; i++) {
    const outcome = await peer.client.call({ ...ONCE, couldNot })
    assert.ok(outcome.kind === 'answer' && outcome.status === 503) // told as it is
  }
  assert.equal(await peer.metric('peer_circuit_open'), 1)
  assert.deepEqual(await peer.client.call({ ...ONCE, couldNot }), { kind: 'not-sent' })
})

test('a call that may be repeated is sent again after its connection broke, and says so', async (t) => {
  const peer = await scriptedPeer(t, breaks)
  const tries: string[] = []
  peer.does((request, response) => {
    if (tries.push('') === 1) return void request.socket.destroy()
    response.end('here')
  })
  const answer = await peer.client.call({ ...ONCE, again: true })
  assert.ok(answer.kind === 'answer' && answer.body === 'here' && answer.lostBefore)
  assert.equal(await peer.metric('peer_retries_total'), 1)
})

test('a call is sent four times at most', async (t) => {
  const peer = await scriptedPeer(t, breaks)
  assert.deepEqual(await peer.client.call(GET), { kind: 'unknown' })
  assert.equal(peer.asked(), 4)
})

test('a call that must not be repeated, or is not to be, is sent once', async (t) => {
  const peer = await scriptedPeer(t, breaks)
  assert.deepEqual(await peer.client.call(ONCE), { kind: 'unknown' })
  assert.deepEqual(await peer.client.call({ ...GET, retry: false }), { kind: 'unknown' })
  assert.equal(peer.asked(), 2)
})

test('retries never come to more than a tenth of the calls and those saved up', async (t) => {
  t.mock.method(Math, 'random', () => 0) // no pauses
  const scripts = fc.array(fc.boolean(), { minLength: 1, maxLength: 150 })
  const isBounded = async (fails: boolean[]) => {
    const peer = await scriptedPeer(t, answers)
    for (const doesFail of fails) {
      peer.does(doesFail ? breaks : answers)
      await peer.client.call(GET)
    }
    const most = fails.length + 10 + fails.length / 10
    assert.ok(peer.asked() <= most, `${peer.asked()} for ${fails.length} calls`)
  }
  await fc.assert(fc.asyncProperty(scripts, isBounded), { numRuns: 15 })
})

test('a peer that fails most of the time gets few calls more than were made', async (t) => {
  t.mock.method(Math, 'random', () => 0)
  const peer = await scriptedPeer(t, answers)
  peer.does((request, response) => (peer.asked() % 3 === 0 ? answers : breaks)(request, response))
  const CALLS = 200
  for (let i = 0; i < CALLS; i++) await peer.client.call(GET)
  assert.equal(await peer.metric('peer_circuit_open'), 0)
  const retries = await peer.metric('peer_retries_total')
  assert.equal(peer.asked(), CALLS + retries)
  assert.ok(retries >= 10 && retries <= 10 + CALLS / 10, `${retries} retries`)
  assert.ok((await peer.metric('peer_retries_refused_total')) > 0)
})

test('waiting, all tries and the pauses between them share one deadline', async (t) => {
  const peer = await scriptedPeer(t, hangs, { atOnceMax: 1 })
  const startedAtMs = performance.now()
  const lasting = (timeoutMs: number) => peer.client.call({ ...GET, timeoutMs })
  const outcomes = await Promise.all([lasting(500), lasting(1_000), lasting(750)])
  assert.ok(performance.now() - startedAtMs < 3_000)
  // The second one had room for its last 500 ms, and the third one never.
  assert.deepEqual(outcomes.map(kindOf), ['unknown', 'unknown', 'not-sent'])
})

test('what is beyond the room and the line of a peer is not sent, and other peers go on', async (t) => {
  const slow = await scriptedPeer(t, hangs, { atOnceMax: 3, waitingMax: 2 })
  const other = await scriptedPeer(t, answers)
  const held: ServerResponse[] = []
  slow.does((_request, response) => void held.push(response))
  const calls = Array.from({ length: 5 }, () => slow.client.call(ONCE))
  assert.deepEqual(await slow.client.call(ONCE), { kind: 'not-sent' })
  assert.equal(await slow.metric('peer_calls_total', { outcome: 'full' }), 1)
  assert.equal(await slow.metric('peer_calls_waiting'), 2)
  await until(() => held.length === 3, { timeoutMs: WAIT_MS, what: 'three to be there' })
  for (let i = 0; i < 10; i++) assert.equal(kindOf(await other.client.call(ONCE)), 'answer')
  assert.equal(slow.asked(), 3)

  slow.does(answers)
  for (const response of held) response.end()
  assert.deepEqual(new Set((await Promise.all(calls)).map(kindOf)), new Set(['answer']))
  assert.equal(await slow.metric('peer_calls_waiting'), 0)
  assert.equal(kindOf(await slow.client.call(ONCE)), 'answer')
})
