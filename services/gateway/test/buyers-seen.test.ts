import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBuyersSeen } from '../src/domain/buyers-seen.ts'
import { createPurchases, type PurchaseDeps } from '../src/http/purchase.ts'

test('of more buyers than there is room for, those seen last are known, of each sale by itself', () => {
  const seen = createBuyersSeen(100)
  for (let i = 0; i < 1_000; i++) seen.add('kettle', `buyer-${i}`)
  const known = Array.from({ length: 1_000 }, (_, i) => seen.has('kettle', `buyer-${i}`))
  assert.ok(known.slice(-50).every(Boolean))
  assert.ok(known.filter(Boolean).length <= 100)
  assert.equal(known[0], false)
  assert.equal(seen.has('phone', 'buyer-999'), false)
})

test('buyers of a closed sale are forgotten when that is told, and leave room for others', () => {
  const seen = createBuyersSeen(100)
  const told: (() => void)[] = []
  let phase = 'open'
  const board = {
    onTold: (listener: () => void) => told.push(listener),
    all: () => [{ id: 'kettle', phase }],
  }
  createPurchases({ board, turns: { sendAway() {} } } as unknown as PurchaseDeps, seen)
  const tell = () => {
    for (const listener of told) listener()
  }
  for (let i = 0; i < 60; i++) seen.add('kettle', `buyer-${i}`) // in both halves
  seen.add('phone', 'buyer-0')
  tell()
  assert.deepEqual([seen.has('kettle', 'buyer-0'), seen.has('kettle', 'buyer-59')], [true, true])
  phase = 'closed'
  tell()
  assert.deepEqual([seen.has('kettle', 'buyer-0'), seen.has('kettle', 'buyer-59')], [false, false])
  for (let i = 1; i < 95; i++) seen.add('phone', `buyer-${i}`)
  assert.equal(seen.has('phone', 'buyer-0'), true) // beside those who were forgotten it would be out by now
  for (let i = 95; i < 150; i++) seen.add('phone', `buyer-${i}`)
  assert.equal(seen.has('phone', 'buyer-0'), false)
})
