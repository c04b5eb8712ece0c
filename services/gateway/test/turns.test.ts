import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurns } from '../src/clients/turns.ts'

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

test('turns are taken in the order of arrival, never more at once than allowed', async () => {
  const turns = createTurns({ atOnceMax: 2, waitingMax: 10, waitMsMax: 1_000 })
  const began: number[] = []
  for (const i of [0, 1, 2, 3, 4]) void turns.take('kettle').then(() => began.push(i))
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
  assert.equal(await turns.take('kettle'), true)
  const waiting = turns.take('kettle')
  assert.equal(await turns.take('kettle'), false)
  turns.give()
  assert.equal(await waiting, true)
  turns.give()
  assert.equal(await turns.take('kettle'), true)
})

test('who waited too long is sent away by the clock, also when no turn ever comes', async () => {
  const turns = createTurns({ atOnceMax: 1, waitingMax: 10, waitMsMax: 50 })
  assert.equal(await turns.take('kettle'), true)
  assert.deepEqual(await Promise.all([turns.take('kettle'), turns.take('kettle')]), [false, false])
  const waiting = turns.take('kettle') // those who left are not in the line any more
  turns.give()
  assert.equal(await waiting, true)
  turns.give()
  assert.equal(await turns.take('kettle'), true)
})

test('who waits in vain leaves at once, the others keep their place', async () => {
  const turns = createTurns({ atOnceMax: 1, waitingMax: 10, waitMsMax: 60_000 })
  assert.equal(await turns.take('kettle'), true)
  const inVain = [turns.take('kettle', () => true), turns.take('kettle', () => true)]
  const waiting = turns.take('kettle', () => false)
  turns.sendAway()
  assert.deepEqual(await Promise.all(inVain), [false, false])
  turns.give()
  assert.equal(await waiting, true)
  turns.give()
  assert.equal(await turns.take('kettle'), true)
})

test('a sale with a long line keeps only itself waiting: the lines are served in turn', async () => {
  const turns = createTurns({ atOnceMax: 1, waitingMax: 100, waitMsMax: 1_000 })
  assert.equal(await turns.take('hot'), true)
  const began: string[] = []
  const queue = (sale: string) => void turns.take(sale).then(() => began.push(sale))
  for (let i = 0; i < 50; i++) queue('hot')
  for (const sale of ['calm', 'calm', 'quiet']) queue(sale)
  for (let i = 0; i < 6; i++) turns.give()
  await settled()
  assert.deepEqual(began, ['hot', 'calm', 'quiet', 'hot', 'calm', 'hot'])
})

test('a sale whose line is full sends its own next one away, and no other', async () => {
  const turns = createTurns({ atOnceMax: 1, waitingMax: 1, waitMsMax: 1_000 })
  assert.equal(await turns.take('hot'), true)
  const hot = turns.take('hot')
  assert.equal(await turns.take('hot'), false)
  const calm = turns.take('calm')
  turns.give()
  turns.give()
  assert.deepEqual(await Promise.all([hot, calm]), [true, true])
})

test('every turn is counted, at once or after waiting, and who leaves the line has none', async () => {
  const turns = createTurns({ atOnceMax: 1, waitingMax: 2, waitMsMax: 1_000 })
  await turns.take('kettle')
  const [second, leaves] = [turns.take('kettle'), turns.take('kettle', () => true)]
  assert.equal(turns.begun(), 1)
  turns.sendAway()
  assert.equal(await leaves, false)
  turns.give()
  assert.equal(await second, true)
  turns.give()
  assert.equal(turns.begun(), 2)
})
