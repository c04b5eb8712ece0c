import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBuyersSeen } from '../src/domain/buyers-seen.ts'

test('of more buyers than there is room for, those seen last are known, of each sale by itself', () => {
  const seen = createBuyersSeen(100)
  for (let i = 0; i < 1_000; i++) seen.add('kettle', `buyer-${i}`)
  const known = Array.from({ length: 1_000 }, (_, i) => seen.has('kettle', `buyer-${i}`))
  assert.ok(known.slice(-50).every(Boolean))
  assert.ok(known.filter(Boolean).length <= 100)
  assert.equal(known[0], false)
  assert.equal(seen.has('phone', 'buyer-999'), false)
})
