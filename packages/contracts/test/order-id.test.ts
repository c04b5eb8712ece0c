import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BuyerId, OrderId } from '../src/ids.ts'
import { buyerShard, createOrderIds, deadlineOf, firstOrderId, shardOf } from '../src/order-id.ts'

const ids = createOrderIds('a secret of at least thirty-two bytes')
const others = createOrderIds('another secret of thirty-two bytes or more')
const buyers = fc
  .string({ minLength: 1, maxLength: 128, unit: 'grapheme' })
  .filter((text) => text.length <= 128)
const deadlines = fc.integer({ min: 1, max: 2 ** 48 - 1 })

test('an order id is a UUIDv8 that carries its deadline and its buyer’s shard', () => {
  fc.assert(
    fc.property(buyers, deadlines, (name, deadlineMs) => {
      const buyer = BuyerId.parse(name)
      const id = OrderId.parse(ids.next(buyer, deadlineMs))
      assert.match(id, /^.{8}-.{4}-8.{3}-[89ab].{3}-.{12}$/)
      assert.equal(deadlineOf(id), deadlineMs)
      assert.equal(shardOf(id), buyerShard(buyer))
      assert.ok(firstOrderId(deadlineMs) <= id && firstOrderId(deadlineMs - 1) <= id)
      if (deadlineMs < 2 ** 48 - 1) assert.ok(firstOrderId(deadlineMs + 1) > id)
      assert.ok(ids.belongsTo(id, buyer))
    }),
  )
})

test('an id of another buyer, of another secret or with one bit changed is refused', () => {
  fc.assert(
    fc.property(
      buyers,
      buyers,
      deadlines,
      fc.integer({ min: 0, max: 127 }),
      (a, b, deadlineMs, bit) => {
        fc.pre(a !== b)
        const id = ids.next(BuyerId.parse(a), deadlineMs)
        assert.equal(ids.belongsTo(id, BuyerId.parse(b)), false)
        assert.equal(others.belongsTo(id, BuyerId.parse(a)), false)
        assert.equal(ids.belongsTo(flip(id, bit), BuyerId.parse(a)), false)
      },
    ),
  )
})

test('a hundred thousand ids of one buyer and one millisecond are all different', () => {
  const made = Array.from({ length: 100_000 }, () =>
    ids.next(BuyerId.parse('U-1'), 1_800_000_000_000),
  )
  assert.ok(new Set(made).size >= 99_990) // 32 random bits: about one pair in a hundred thousand
})

function flip(id: string, bit: number): string {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex')
  bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
