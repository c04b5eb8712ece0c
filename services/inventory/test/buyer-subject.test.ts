import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BuyerId } from '@flashsale/contracts/ids.ts'
import fc from 'fast-check'
import { createSubjectOf, isErased } from '../src/domain/buyer-subject.ts'

const keys = [
  'a key for tests that is long enough, one',
  'a key for tests that is long enough, two',
]
const [one, other] = keys.map(createSubjectOf) as [
  ReturnType<typeof createSubjectOf>,
  ReturnType<typeof createSubjectOf>,
]
const buyer = fc.string({ minLength: 1, maxLength: 128, unit: 'grapheme' })

test('a subject is the same for the same buyer, another for another, and fits where a buyer did', () => {
  fc.assert(
    fc.property(buyer, buyer, (a, b) => {
      fc.pre(!isErased(a) && !isErased(b))
      assert.equal(one(a), one(a))
      assert.equal(one(a) === one(b), a === b)
      assert.ok(BuyerId.safeParse(one(a)).success)
      assert.match(one(a), /^erased:[\w-]{43}$/)
      assert.ok(isErased(one(a)))
    }),
  )
})

test('a subject of a subject is itself, so that erasing twice changes nothing', () => {
  fc.assert(fc.property(buyer, (a) => assert.equal(one(one(a)), one(a))))
})

test('without the key nobody can tell whose it is: another key makes another subject', () => {
  fc.assert(
    fc.property(buyer, (a) => {
      fc.pre(!isErased(a))
      assert.notEqual(one(a), other(a))
    }),
  )
})
