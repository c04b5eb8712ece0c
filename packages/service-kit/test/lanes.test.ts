import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLanes } from '../src/lanes.ts'

const piece = () => {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  return { work: () => promise, done: resolve, fail: reject }
}

test('who adds a piece waits for room, and not for its end', async () => {
  const lanes = createLanes(2)
  const [first, second, third] = [piece(), piece(), piece()]
  await lanes.add(first.work)
  await lanes.add(second.work)
  let hasBegun = false
  const adding = lanes.add(() => {
    hasBegun = true
    return third.work()
  })
  await new Promise(setImmediate)
  assert.equal(hasBegun, false)
  second.done() // whichever ends first
  await adding
  assert.equal(hasBegun, true)
  let isOver = false
  const ending = lanes.end().then(() => {
    isOver = true
  })
  third.done()
  await new Promise(setImmediate)
  assert.equal(isOver, false)
  first.done()
  await ending
})

test('a fault is told to who adds the next piece, or at the end, after all have ended', async () => {
  const lanes = createLanes(1)
  const [first, second] = [piece(), piece()]
  await lanes.add(first.work)
  first.fail(new Error('the first'))
  await assert.rejects(lanes.add(second.work), /the first/)

  const two = createLanes(2)
  const third = piece()
  await two.add(second.work)
  await two.add(third.work)
  third.fail(new Error('the third'))
  let isOver = false
  const ending = two.end().finally(() => {
    isOver = true
  })
  ending.catch(() => {})
  await new Promise(setImmediate)
  assert.equal(isOver, false)
  second.done()
  await assert.rejects(ending, /the third/)
})
