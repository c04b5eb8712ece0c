import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { createKnownTokens } from '../src/plugins/known-tokens.ts'
import { aSale, outcome, sign, startGateway } from './gateway.ts'

test('a known token is forgotten at its end, and the one known longest when there are too many', () => {
  const known = createKnownTokens<{ name: string; expiresAtMs?: number }>(2)
  known.add('a', { name: 'ann', expiresAtMs: 1_000 })
  known.add('b', { name: 'bob' })
  assert.equal(known.get('a', 999)?.name, 'ann')
  assert.equal(known.get('a', 1_000), undefined)
  known.add('c', { name: 'cem', expiresAtMs: 5_000 })
  known.add('d', { name: 'dan' })
  const names = ['a', 'b', 'c', 'd'].map((token) => known.get(token, 1_000)?.name)
  assert.deepEqual(names, [undefined, undefined, 'cem', 'dan'])
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
