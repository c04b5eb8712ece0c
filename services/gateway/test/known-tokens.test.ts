import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { createKnownTokens } from '../src/tokens/known-tokens.ts'
import { aSale, outcome, sign, startGateway } from './gateway.ts'

type Person = { name: string; expiresAtMs?: number }
const plenty = { tokens: 100, chars: 1_000 }

test('a known token is forgotten at its end, and the one known longest when there are too many', () => {
  const known = createKnownTokens<Person>({ ...plenty, tokens: 2 })
  known.add('a', { name: 'ann', expiresAtMs: 1_000 })
  known.add('b', { name: 'bob' })
  assert.equal(known.get('a', 999)?.name, 'ann')
  assert.equal(known.get('a', 1_000), undefined)
  known.add('c', { name: 'cem', expiresAtMs: 5_000 })
  known.add('d', { name: 'dan' })
  const names = ['a', 'b', 'c', 'd'].map((token) => known.get(token, 1_000)?.name)
  assert.deepEqual(names, [undefined, undefined, 'cem', 'dan'])
})

test('long tokens push out more than one, and one that is added twice counts once', () => {
  const known = createKnownTokens<Person>({ ...plenty, chars: 10 })
  for (const token of ['aaaa', 'bbbb', 'bbbb', 'cc']) known.add(token, { name: token })
  assert.equal(known.size(), 3)
  known.add('dddddd', { name: 'dan' })
  const left = ['aaaa', 'bbbb', 'cc', 'dddddd'].filter((token) => known.get(token, 0))
  assert.deepEqual(left, ['cc', 'dddddd'])
  known.add('x'.repeat(11), { name: 'too long' })
  assert.equal(known.size(), 0)
})

test('all tokens of one kind can be forgotten at once', () => {
  const known = createKnownTokens<Person>(plenty)
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
