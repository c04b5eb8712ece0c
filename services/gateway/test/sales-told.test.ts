import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SaleFacts, SaleTold } from '@flashsale/contracts/http/inventory.ts'
import fc from 'fast-check'
import { createSalesTold } from '../src/domain/sales-told.ts'
import { aSale } from './gateway.ts'

/** As Redis tells of it. */
function message({ id, epoch, stock, phase, versions, ...counted }: SaleFacts): SaleTold {
  const { free, orders } = { free: counted.free ?? 0, orders: counted.orders ?? 0 }
  return {
    id,
    epoch,
    stock,
    phase,
    free,
    orders,
    versions: { ...versions, free: versions.free ?? 0 },
  }
}
const versions = (free: number, phase = 1, stock = 1) => ({ phase, stock, free })

test('an inventory whose memory is behind takes back neither a sale nor an epoch', () => {
  const told = createSalesTold()
  const old = aSale({ epoch: 1, versions: versions(50) })
  const rebuilt = { ...old, epoch: 2, free: 7, versions: versions(0) }
  const created = aSale()
  told.learn([rebuilt, created], 1_000)
  told.learn([old], 1_250)
  assert.deepEqual(told.all(), [rebuilt, created])
  assert.deepEqual(told.get(old.id), rebuilt)
  told.learn([{ ...rebuilt, free: 6, versions: versions(1) }, created], 1_500)
  assert.equal(told.get(old.id)?.free, 6) // of the same epoch the newest word counts
})

test('what an inventory changed is not undone by one that has not seen it yet', () => {
  const told = createSalesTold()
  const before = aSale({ phase: 'ready', stock: 10 })
  for (const after of [
    { ...before, stock: 12, versions: versions(0, 1, 2) },
    { ...before, stock: 12, phase: 'closed' as const, versions: versions(0, 2, 2) },
  ]) {
    told.learnOne(after, 1_000)
    told.learn([before], 1_250)
    assert.deepEqual(told.get(before.id), after)
  }
  const made = aSale()
  told.learnOne(made, 1_000)
  told.learn([{ ...made, phase: 'draft' }], 1_250)
  assert.deepEqual(told.get(made.id), made)
  told.learn([{ ...made, phase: 'paused', versions: versions(0, 2) }], 1_500)
  assert.equal(told.get(made.id)?.phase, 'paused')
})

test('each part of a sale is as new as the newest word about it, whoever spoke last', () => {
  const told = createSalesTold()
  const sale = aSale({ free: 3, versions: versions(7, 1, 1) })
  told.learn([sale], 1_000)
  told.hear(message({ ...sale, free: 0, orders: 9, versions: versions(9, 1, 1) }), 1_010)
  // Redis was asked before it told of that; the pause is news all the same.
  told.learn([{ ...sale, free: 2, phase: 'paused', versions: versions(8, 2, 1) }], 1_020)
  const now = told.get(sale.id)
  assert.deepEqual([now?.free, now?.orders, now?.phase], [0, 9, 'paused'])
  assert.deepEqual(now?.versions, versions(9, 2, 1))
})

test('while nobody can tell what is free, what was told before is still too old', () => {
  const told = createSalesTold()
  const sale = aSale({ free: 0, versions: versions(9) })
  told.learn([sale], 1_000)
  const unknown = { phase: 1, stock: 1, free: null }
  told.learn([{ ...sale, free: null, orders: null, versions: unknown }], 1_100)
  assert.equal(told.get(sale.id)?.free, null)
  told.hear(message({ ...sale, free: 4, versions: versions(8) }), 1_110)
  assert.equal(told.get(sale.id)?.free, null)
  told.hear(message({ ...sale, free: 1, versions: versions(10) }), 1_120)
  assert.equal(told.get(sale.id)?.free, 1)
})

test('Redis adds no sale, and makes none out of a draft', () => {
  const told = createSalesTold()
  const draft = aSale({ phase: 'draft', free: null })
  told.learn([draft], 1_000)
  told.hear(message({ ...draft, phase: 'ready', free: 5 }), 1_010)
  told.hear(message(aSale()), 1_010)
  assert.deepEqual(told.all(), [draft])
})

test('in whatever order messages and answers come, the newest of them stands', () => {
  const at = (version: number) =>
    aSale({
      id: sale.id,
      epoch: 1 + Math.floor(version / 10),
      free: version % 3,
      phase: version % 2 ? 'ready' : 'paused',
      versions: versions(version % 10, version + 1, version + 1),
      stock: 100 + version,
    })
  const sale = aSale()
  const indexes = fc.array(fc.nat(29), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(indexes, fc.infiniteStream(fc.boolean()), (order, isMessage) => {
      const told = createSalesTold()
      told.learn([{ ...at(order[0] ?? 0), title: sale.title }], 1_000)
      for (const version of order) {
        if (isMessage.next().value) told.hear(message(at(version)), 1_000)
        else told.learn([at(version)], 1_000)
      }
      const newest = at(Math.max(...order))
      const { free, epoch, phase, stock } = told.get(sale.id) ?? sale
      assert.deepEqual(
        { free, epoch, phase, stock },
        {
          free: newest.free,
          epoch: newest.epoch,
          phase: newest.phase,
          stock: newest.stock,
        },
      )
    }),
  )
})

test('what no inventory has told for 5 s is gone, and an epoch that went back is taken', () => {
  const told = createSalesTold()
  const [gone, back] = [aSale(), aSale({ epoch: 3 })]
  told.learn([gone, back], 1_000)
  told.learn([{ ...back, epoch: 2 }], 5_900)
  assert.deepEqual(told.all(), [gone, back])
  told.learn([{ ...back, epoch: 2 }], 6_100)
  assert.deepEqual(told.all(), [{ ...back, epoch: 2 }])
})
