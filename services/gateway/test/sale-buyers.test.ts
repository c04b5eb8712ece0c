import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SaleTold } from '@flashsale/contracts/http/inventory.ts'
import type { BuyerId, SaleId } from '@flashsale/contracts/ids.ts'
import fc from 'fast-check'
import { createSaleBuyers } from '../src/domain/sale-buyers.ts'

const id = '0a3d1d1c-7a4b-4f0e-9a65-5d5c3f1f0001' as SaleId
const at = (orders: number | null, epoch = 1) => ({ id, epoch, orders })
const told = (orders: number, buyers: string[] = [], epoch = 1): SaleTold => ({
  ...{ id, epoch, orders, stock: 10, phase: 'ready', free: 0 },
  versions: { phase: 1, stock: 1, free: 0 },
  ...(buyers.length > 0 && { buyers: buyers as BuyerId[] }),
})
function listed(orders: number, ...buyers: string[]) {
  const known = createSaleBuyers()
  const reading = known.start(at(orders))
  assert.equal(known.has(at(orders), 'ann'), undefined) // not before it is whole
  assert.equal(reading?.add(buyers), true)
  reading?.end({ isWhole: true })
  return known
}

test('a whole list says of everyone whether there is an order', () => {
  const known = listed(2, 'ann', 'bob')
  assert.deepEqual([known.has(at(2), 'ann'), known.has(at(2), 'cid')], [true, false])
  assert.equal(known.has(at(null), 'ann'), undefined)
  assert.equal(known.has(at(2, 2), 'ann'), undefined) // another epoch, other orders
})

test('an order that was told is added; one that was missed ends the list', () => {
  const known = listed(2, 'ann', 'bob')
  known.hear(told(3, ['cid']))
  known.hear(told(3)) // another change: no order
  known.hear(told(2, ['bob'])) // an old message
  assert.deepEqual([known.has(at(3), 'cid'), known.has(at(3), 'dan')], [true, false])
  assert.equal(known.has(at(4), 'dan'), undefined) // read ahead of the message
  known.hear(told(4, ['dan']))
  assert.equal(known.has(at(4), 'dan'), true)
  known.hear(told(6, ['eve']))
  assert.equal(known.has(at(6), 'eve'), undefined)
  known.hear(told(7, ['fay']))
  assert.equal(known.has(at(7), 'fay'), undefined) // until it is read anew
})

test('what is told while the pages are read is in the list, and a gap makes the reading vain', () => {
  const known = createSaleBuyers()
  const reading = known.start(at(2))
  reading?.add(['ann'])
  known.hear(told(3, ['cid']))
  reading?.add(['bob'])
  reading?.end({ isWhole: true })
  assert.deepEqual([known.has(at(3), 'cid'), known.has(at(3), 'dan')], [true, false])
  const second = known.start(at(3))
  known.hear(told(5, ['eve']))
  assert.equal(second?.add(['ann', 'bob', 'cid']), false)
  second?.end({ isWhole: true })
  assert.equal(known.has(at(5), 'dan'), undefined)
})

test('a list is bounded, also together with those of other sales', () => {
  const known = createSaleBuyers(3)
  assert.equal(known.start(at(4)), undefined)
  const reading = known.start(at(2))
  reading?.add(['ann', 'bob'])
  reading?.end({ isWhole: true })
  const other = '0a3d1d1c-7a4b-4f0e-9a65-5d5c3f1f0002' as SaleId
  assert.equal(known.start({ ...at(2), id: other }), undefined)
  known.hear(told(4, ['cid', 'dan']))
  assert.equal(known.has(at(4), 'cid'), undefined)
  known.keepOnly(new Set())
  assert.notEqual(known.start({ ...at(2), id: other }), undefined)
})

test('whatever message is lost, nobody with an order is ever said to have none', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ buyer: fc.nat(9), lost: fc.boolean() }) },
    { weight: 1, arbitrary: fc.constant('read' as const) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const known = createSaleBuyers()
      const orders: string[] = []
      for (const one of steps) {
        if (one === 'read') {
          const reading = known.start(at(orders.length))
          reading?.add(orders)
          reading?.end({ isWhole: true })
        } else {
          orders.push(`U-${one.buyer}`)
          if (!one.lost) known.hear(told(orders.length, [`U-${one.buyer}`]))
        }
        for (let i = 0; i < 10; i++) {
          const said = known.has(at(orders.length), `U-${i}`)
          if (said !== undefined) assert.equal(said, orders.includes(`U-${i}`))
        }
      }
    }),
  )
})
