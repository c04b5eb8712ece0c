import assert from 'node:assert/strict'
import { test } from 'node:test'
import { earlyAnswer } from '../src/domain/early-answer.ts'
import { type SaleState, saleState } from '../src/domain/sale-state.ts'

const opensAt = '2030-01-01T10:00:00.000Z'
const closesAt = '2030-01-01T11:00:00.000Z'
const openMs = Date.parse(opensAt)
const closeMs = Date.parse(closesAt)
const at = { opensAt, closesAt }

test('a sale opens and closes at its times, to the millisecond', () => {
  const ready = { ...at, phase: 'ready', free: 5 } as const
  const states = [openMs - 1, openMs, closeMs - 1, closeMs].map((nowMs) => saleState(ready, nowMs))
  assert.deepEqual(states, ['scheduled', 'open', 'open', 'closed'])
})

test('phase, time and stock give one state', () => {
  const table: [
    phase: 'draft' | 'ready' | 'paused' | 'closed',
    free: number | null,
    SaleState[],
  ][] = [
    // before, during, after
    ['draft', 5, ['draft', 'draft', 'draft']],
    ['ready', 5, ['scheduled', 'open', 'closed']],
    ['ready', 0, ['scheduled', 'sold-out', 'closed']],
    ['ready', null, ['scheduled', 'open', 'closed']],
    ['paused', 5, ['paused', 'paused', 'closed']],
    ['paused', 0, ['paused', 'paused', 'closed']],
    ['closed', 5, ['closed', 'closed', 'closed']],
  ]
  for (const [phase, free, expected] of table) {
    const times = [openMs - 1, openMs + 1, closeMs + 1]
    const states = times.map((nowMs) => saleState({ ...at, phase, free }, nowMs))
    assert.deepEqual(states, expected, `${phase}, ${free} free`)
  }
})

test('a sale that is sold out is open again when a unit comes back', () => {
  const sale = { ...at, phase: 'ready' } as const
  assert.equal(saleState({ ...sale, free: 0 }, openMs), 'sold-out')
  assert.equal(saleState({ ...sale, free: 1 }, openMs), 'open')
})

test('without Redis’ time no sale has opened, whatever our own clock says', () => {
  const before = (phase: 'draft' | 'ready' | 'paused' | 'closed') =>
    saleState({ phase, opensAt: '2000-01-01T00:00:00.000Z', closesAt, free: 5 }, undefined)
  assert.deepEqual(
    ['draft', 'ready', 'paused', 'closed'].map((p) => before(p as 'ready')),
    ['draft', 'scheduled', 'paused', 'closed'],
  )
})

const taking = { isQueueClosed: false }

test('with a key only a sale that never was open, or whose stock nobody knows, answers from memory', () => {
  const states: SaleState[] = ['draft', 'scheduled', 'open', 'sold-out', 'paused', 'closed']
  for (const state of states) {
    for (const stockKnown of [true, false]) {
      const early = earlyAnswer({ ...taking, state, stockKnown, hasKey: true, mayHaveOrder: true })
      const neverOpen = state === 'draft' || state === 'scheduled'
      assert.equal(early, neverOpen ? 'sale-not-open' : stockKnown ? undefined : 'try-later')
    }
  }
})

test('a key of a buyer who surely has no order changes nothing in a sold-out sale, and only there', () => {
  const ask = (state: SaleState, stockKnown = true) =>
    earlyAnswer({ ...taking, state, stockKnown, hasKey: true, mayHaveOrder: false })
  assert.equal(ask('sold-out'), 'sold-out')
  assert.equal(ask('sold-out', false), 'try-later')
  assert.deepEqual([ask('open'), ask('paused'), ask('closed')], [undefined, undefined, undefined])
})

test('without a key what is known is answered from memory', () => {
  const ask = (state: SaleState, stockKnown = true, mayHaveOrder = false) =>
    earlyAnswer({ ...taking, state, stockKnown, hasKey: false, mayHaveOrder })
  assert.equal(ask('draft'), 'sale-not-open')
  assert.equal(ask('scheduled'), 'sale-not-open')
  assert.equal(ask('closed', false), 'sale-not-open')
  assert.equal(ask('paused'), 'try-later')
  assert.equal(ask('open', false), 'try-later')
  assert.equal(ask('sold-out', false), 'try-later')
  assert.equal(ask('sold-out'), 'sold-out')
  assert.equal(ask('sold-out', true, true), 'sold-out') // whoever asks
  assert.equal(ask('open'), undefined)
})

test('a queue that is too long is the last reason of all, and none for who may have an order', () => {
  const ask = (state: SaleState, hasKey: boolean, mayHaveOrder = true) =>
    earlyAnswer({ state, stockKnown: true, hasKey, mayHaveOrder, isQueueClosed: true })
  assert.equal(ask('open', false), 'nobody-new')
  assert.equal(ask('open', true, false), 'nobody-new')
  assert.equal(ask('open', true), undefined)
  assert.equal(ask('sold-out', false), 'sold-out')
  assert.equal(ask('closed', false), 'sale-not-open')
  assert.deepEqual(
    [ask('sold-out', true), ask('paused', true), ask('closed', true)],
    [undefined, undefined, undefined],
  )
})
