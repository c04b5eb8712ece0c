import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurns } from '../src/clients/turns.ts'

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

test('turns are taken in the order of arrival, never more at once than allowed', async () => {
  const turns = createTurns({ atOnceMax: 2, waitingMax: 10, waitMsMax: 1_000 })
  const began: number[] = []
  for (const i of [0, 1, 2, 3, 4]) void turns.take().then(() => began.push(i))
  await settled()
  assert.deepEqual(began, [0, 1])
  turns.give()
  await settled()
  assert.deepEqual(began, [0, 1, 2])
  turns.give()
  turns.give()
  await settled()
  assert.deepEqual(began, [0, 1, 2, 3, 4])
})

test('a line that is full sends the next one away, and takes one again when it is shorter', async () => {
  const turns = createTurns({ atOnceMax: 1, waitingMax: 1, waitMsMax: 1_000 })
  assert.equal(await turns.take(), true)
  const waiting = turns.take()
  assert.equal(await turns.take(), false)
  turns.give()
  assert.equal(await waiting, true)
  turns.give()
  assert.equal(await turns.take(), true)
})

test('who waited too long is sent away by the clock, also when no turn ever comes', async () => {
  const turns = createTurns({ atOnceMax: 1, waitingMax: 10, waitMsMax: 50 })
  assert.equal(await turns.take(), true)
  assert.deepEqual(await Promise.all([turns.take(), turns.take()]), [false, false])
  const waiting = turns.take() // those who left are not in the line any more
  turns.give()
  assert.equal(await waiting, true)
  turns.give()
  assert.equal(await turns.take(), true)
})

test('who waits in vain leaves at once, the others keep their place', async () => {
  const turns = createTurns({ atOnceMax: 1, waitingMax: 10, waitMsMax: 60_000 })
  assert.equal(await turns.take(), true)
  const inVain = [turns.take(() => true), turns.take(() => true)]
  const waiting = turns.take(() => false)
  turns.sendAway()
  assert.deepEqual(await Promise.all(inVain), [false, false])
  turns.give()
  assert.equal(await waiting, true)
  turns.give()
  assert.equal(await turns.take(), true)
})
