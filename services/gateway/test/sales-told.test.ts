import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSalesTold } from '../src/domain/sales-told.ts'
import { aSale } from './gateway.ts'

test('an inventory whose memory is behind takes back neither a sale nor an epoch', () => {
  const told = createSalesTold()
  const old = aSale({ epoch: 1 })
  const rebuilt = { ...old, epoch: 2, free: 7 }
  const created = aSale()
  told.learn([rebuilt, created], 1_000)
  told.learn([old], 1_250)
  assert.deepEqual(told.all(), [rebuilt, created])
  assert.deepEqual(told.get(old.id), rebuilt)
  told.learn([{ ...rebuilt, free: 6 }, created], 1_500)
  assert.equal(told.get(old.id)?.free, 6) // of the same epoch the newest word counts
})

test('what an inventory changed is not undone by one that has not seen it yet', () => {
  const told = createSalesTold()
  const before = aSale({ phase: 'ready', stock: 10 })
  for (const after of [
    { ...before, phase: 'closed' as const },
    { ...before, stock: 12 },
  ]) {
    told.learnOne(after, 1_000)
    told.learn([before], 1_250)
    assert.deepEqual(told.get(before.id), after)
  }
  const made = aSale()
  told.learnOne(made, 1_000)
  told.learn([{ ...made, phase: 'draft' }], 1_250)
  assert.deepEqual(told.get(made.id), made)
  told.learn([{ ...made, phase: 'paused' }], 1_500)
  assert.equal(told.get(made.id)?.phase, 'paused')
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
