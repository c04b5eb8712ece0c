import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createBulkhead } from '../src/bulkhead.ts'

const LONG_MS = 60_000

test('who waits comes in in turn, and whoever left early takes no room', async () => {
  const bulkhead = createBulkhead({ atOnceMax: 1, waitingMax: 2 })
  assert.equal(await bulkhead.enter(LONG_MS), true)
  const impatient = bulkhead.enter(1)
  const patient = bulkhead.enter(LONG_MS)
  assert.equal(await bulkhead.enter(LONG_MS), false) // the line is full
  assert.equal(await impatient, false)
  bulkhead.leave()
  assert.equal(await patient, true)
  bulkhead.leave()
  assert.equal(await bulkhead.enter(0), true) // all the room is there again
})

test('however they come and go, no more are inside than may be, and nobody is forgotten', async () => {
  const steps = fc.array(fc.constantFrom('come', 'leave'), { maxLength: 80 })
  const sizes = fc.record({ atOnceMax: fc.nat({ max: 4 }), waitingMax: fc.nat({ max: 4 }) })
  await fc.assert(
    fc.asyncProperty(steps, sizes, async (ways, { atOnceMax, waitingMax }) => {
      const limits = { atOnceMax: atOnceMax + 1, waitingMax }
      const bulkhead = createBulkhead(limits)
      const told = { in: 0, out: 0 }
      let [inside, waiting, refused] = [0, 0, 0]
      for (const way of ways) {
        if (way === 'come') {
          void bulkhead.enter(LONG_MS).then((isIn) => void told[isIn ? 'in' : 'out']++)
          if (inside < limits.atOnceMax) inside++
          else if (waiting < waitingMax) waiting++
          else refused++
        } else if (inside > 0) {
          bulkhead.leave()
          if (waiting > 0) waiting--
          else inside--
        }
      }
      const entered = ways.filter((way) => way === 'come').length - waiting - refused
      while (inside-- > 0) bulkhead.leave()
      while (waiting-- > 0) bulkhead.leave()
      await new Promise(setImmediate)
      assert.equal(told.out, refused)
      assert.ok(told.in >= entered)
    }),
    { numRuns: 200 },
  )
})
