import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rushRequests } from '../../src/targets/attempts.ts'

test('a rush is of distinct buyers with a key each, but for a few of each kind of trouble', () => {
  const count = 10_000
  const requests = rushRequests({ path: '/buy', count, sign: (user) => `token:${user}` })
  assert.equal(requests.length, count)
  const tokens = requests.map((text) => /Bearer (\S+)/.exec(text)?.[1] ?? '')
  const keys = new Set(requests.map((text) => /idempotency-key: (\S+)/.exec(text)?.[1]))
  const having = (part: string) => tokens.filter((token) => token.includes(part)).length
  assert.equal(having('no.token'), count / 100)
  assert.equal(having('hasty'), (2 * count) / 100)
  assert.equal(new Set(tokens.filter((token) => token.includes('hasty'))).size, 10)
  assert.equal(having('clumsy'), count / 100)
  assert.equal(requests.filter((text) => text.includes('"quantify"')).length, count / 100)
  const buyers = tokens.filter((token) => token.startsWith('token:/buy-'))
  const again = buyers.length - new Set(buyers).size
  assert.ok(again > count / 100 && again <= (2 * count) / 100, `${again} ask again`)
  assert.equal(keys.size - 1, count - count / 100) // those without a key count as one
})
