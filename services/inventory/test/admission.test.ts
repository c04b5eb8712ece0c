import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createAdmission, type StageFigures, waitMsOf } from '../src/domain/admission.ts'
import { UNDER_WAY_MAX } from '../src/domain/drain.ts'
import { createLedgerBacklog } from '../src/domain/ledger-backlog.ts'

const LIMITS = { waitMsMax: 10_000, streamEntriesMax: 50_000 }
const PER_SECOND = 2_000

/** One whose ledger was seen to write 2,000 a second. */
function measured(limits = LIMITS) {
  const admission = createAdmission(limits)
  let [atMs, done] = [0, 0]
  const waits = (waiting: number, more = 0) => {
    atMs += 250
    done += more
    admission.learn('ledger', { waiting, done }, atMs)
    return admission.queue()
  }
  waits(5_000)
  for (let i = 0; i < 10; i++) waits(5_000, PER_SECOND / 4)
  return { admission, waits }
}

test('it closes above the seconds that are allowed, and opens again only well below', () => {
  const { waits } = measured()
  const states = [19_000, 19_900, 20_100, 19_000, 16_100, 15_900, 19_000, 20_100].map(
    (waiting) => waits(waiting).isOpen,
  )
  assert.deepEqual(states, [true, true, false, false, false, true, true, false])
})

test('it never flaps: between the two bounds it stays what it was', () => {
  const between = fc.array(fc.integer({ min: 16_100, max: 19_900 }), { minLength: 1 })
  fc.assert(
    fc.property(between, fc.boolean(), (lengths, wasOpen) => {
      const { waits } = measured()
      waits(wasOpen ? 10_000 : 30_000)
      for (const waiting of lengths) assert.equal(waits(waiting).isOpen, wasOpen)
    }),
  )
})

test('who is sent away is told when the queue will be short again', () => {
  const { waits } = measured()
  assert.deepEqual(waits(6_000), { waitMs: 3_000, isOpen: true, retryAfterMs: 0 })
  assert.deepEqual(waits(30_000), { waitMs: 15_000, isOpen: false, retryAfterMs: 7_000 })
})

test('what is only under way closes nothing, however slow it was', () => {
  const admission = createAdmission({ ...LIMITS, waitMsMax: 1_000 })
  admission.learn('ledger', { waiting: 5_000, done: 0 }, 0)
  admission.learn('ledger', { waiting: 4_990, done: 10 }, 1_000) // ten a second
  assert.equal(admission.queue().isOpen, false)
  admission.learn('ledger', { waiting: UNDER_WAY_MAX - 1, done: 20 }, 2_000)
  assert.equal(admission.queue().isOpen, true)
})

test('without a measured rate it is open, and the length of the stream is the only bound', () => {
  const admission = createAdmission(LIMITS)
  admission.learn('ledger', { waiting: 49_000, done: 0 }, 0)
  admission.learn('ledger', { waiting: 49_000, done: 0 }, 60_000)
  assert.deepEqual(admission.queue(), { waitMs: 0, isOpen: true, retryAfterMs: 0 })
  assert.equal(admission.entriesMax(), 50_000)
})

test('the stream may hold a quarter more than closes it, and nothing more when closed', () => {
  const { admission, waits } = measured()
  assert.ok(Math.abs(admission.entriesMax() - 25_000) <= 1)
  waits(20_100)
  assert.equal(admission.entriesMax(), 0)
  assert.equal(
    measured({ waitMsMax: 60_000, streamEntriesMax: 50_000 }).admission.entriesMax(),
    50_000,
  )
})

test('the slowest stage decides, with all that waits in front of it', () => {
  const stage = (waiting: number, perSecond?: number): StageFigures => ({ waiting, perSecond })
  assert.equal(waitMsOf([stage(4_000, 2_000), stage(0), stage(0)]), 2_000)
  assert.equal(waitMsOf([stage(4_000, 2_000), stage(0, 1_000), stage(0)]), 4_000)
  assert.equal(waitMsOf([stage(4_000, 2_000), stage(500, 9_000), stage(3_500, 1_000)]), 8_000)
  assert.equal(waitMsOf([stage(4_000), stage(500), stage(3_500)]), 0)
})

test('a consumer that falls back closes admission as a ledger does', () => {
  const admission = createAdmission(LIMITS)
  for (let i = 0; i <= 10; i++) admission.learn('order', { waiting: 9_000, done: i * 500 }, i * 500)
  assert.equal(admission.queue().isOpen, true) // nine seconds
  admission.learn('order', { waiting: 10_600, done: 5_000 }, 5_500)
  assert.equal(admission.queue().isOpen, false)
})

test('what all writers recorded is counted over streams that come and go', () => {
  const backlogOf = createLedgerBacklog()
  const stream = (name: string, made: number, waiting: number) => ({ stream: name, made, waiting })
  assert.deepEqual(backlogOf([stream('a', 100, 60)]), { waiting: 60, done: 0 })
  assert.deepEqual(backlogOf([stream('a', 150, 50), stream('b', 9_000, 5)]), {
    waiting: 55,
    done: 60,
  })
  // The first was rebuilt; of the second more is on record.
  assert.deepEqual(backlogOf([stream('a2', 150, 0), stream('b', 9_010, 5)]), {
    waiting: 5,
    done: 70,
  })
  assert.deepEqual(backlogOf([]), { waiting: 0, done: 70 })
})
