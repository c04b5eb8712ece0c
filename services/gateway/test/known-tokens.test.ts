import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { createKnownTokens } from '../src/tokens/known-tokens.ts'
import { aSale, outcome, sign, startGateway } from './gateway.ts'

type Person = { name: string; expiresAtMs?: number }
const plenty = { tokens: 100, chars: 1_000 }

test('a known token is forgotten at its end, by whichever half it is in', () => {
  const known = createKnownTokens<Person>({ ...plenty, tokens: 2 })
  known.add('a', { name: 'ann', expiresAtMs: 1_000 })
  assert.equal(known.get('a', 999)?.name, 'ann')
  known.add('b', { name: 'bob' }) // half of two is one
  assert.equal(known.get('a', 1_000), undefined)
  assert.equal(known.get('b', 1_000)?.name, 'bob')
  assert.equal(known.size(), 1)
})

test('when there are too many, who was not seen for longest is forgotten', () => {
  const known = createKnownTokens<Person>({ ...plenty, tokens: 4 })
  for (const name of ['ann', 'bob', 'cem', 'dan']) known.add(name, { name })
  assert.equal(known.size(), 4)
  assert.equal(known.get('bob', 0)?.name, 'bob') // seen again, and the older half was ann's
  known.add('eve', { name: 'eve' })
  const left = ['ann', 'bob', 'cem', 'dan', 'eve'].filter((name) => known.get(name, 0))
  assert.deepEqual(left.slice(0, 1), ['bob'])
  assert.equal(left.includes('ann'), false)
  for (let i = 0; i < 1_000; i++) {
    known.add(`token ${i}`, { name: 'crowd' })
    assert.ok(known.size() <= 4)
    assert.ok(known.get(`token ${i}`, 0))
  }
})

test('long tokens push out more than one, and one that is added twice counts once', () => {
  const known = createKnownTokens<Person>({ ...plenty, chars: 20 })
  for (const token of ['aaaa', 'bbbb', 'bbbb', 'cc']) known.add(token, { name: token })
  assert.equal(known.size(), 3)
  known.add('dddddd', { name: 'dan' })
  known.add('eeeeee', { name: 'eve' })
  const left = ['aaaa', 'bbbb', 'cc', 'dddddd', 'eeeeee'].filter((token) => known.get(token, 0))
  assert.deepEqual(left, ['dddddd', 'eeeeee'])
  known.add('x'.repeat(11), { name: 'too long' })
  assert.equal(known.get('x'.repeat(11), 0), undefined)
})

test('all tokens of one kind can be forgotten at once', () => {
  const known = createKnownTokens<Person>({ ...plenty, tokens: 4 }) // two are in the older half
  for (const name of ['ann', 'bob', 'cem']) known.add(name, { name })
  known.forgetIf(({ name }) => name !== 'bob')
  assert.deepEqual([known.size(), known.get('bob', 0)?.name], [1, 'bob'])
})

test('a buyer who was let in once is out when the token ends', async (t) => {
  const sale = aSale()
  const { call } = await startGateway(t, { sales: [sale] })
  const token = sign({ sub: 'ann', exp: Math.floor(Date.now() / 1_000) + 2 })
  const ask = async () => outcome(await call('GET', '/v1/orders', { token }))
  assert.notEqual(await ask(), '401 unauthenticated')
  assert.notEqual(await ask(), '401 unauthenticated')
  const isOut = async () => (await ask()) === '401 unauthenticated'
  await until(isOut, { timeoutMs: 10_000, what: 'the token to end' })
})
