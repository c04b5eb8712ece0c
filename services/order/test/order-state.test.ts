import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nextMove, type OrderInput, type OrderState, type Told } from '../src/domain/order-state.ts'

const inputs: OrderInput[] = [
  'held',
  'hold dead-lettered',
  'hold unreadable',
  'not recorded',
  'surely not held',
  'captured',
  'captured wrong amount',
  'declined',
  'refund done',
  'timed out',
  'cancelled by buyer',
]
const states: OrderState[] = [
  'cancel-wanted',
  'pending-payment',
  'paid',
  'cancelled',
  'refunding',
  'refunded',
]
const final: OrderState[] = ['paid', 'refunded']
const anyInputs = fc.array(fc.constantFrom(...inputs), { maxLength: 20 })

type Life = { states: (OrderState | undefined)[]; told: Told[] }

/** The life of one order; the first money that comes is the only one (one payment an order). */
function live(story: OrderInput[]): Life {
  const life: Life = { states: [undefined], told: [] }
  for (const input of story) {
    const move = nextMove(life.states.at(-1), input)
    if (!move) continue
    life.states.push(move.to)
    life.told.push(...move.tells)
  }
  return life
}

test('nothing leaves paid or refunded', () => {
  for (const state of final) {
    for (const input of inputs) assert.equal(nextMove(state, input)?.to ?? state, state)
  }
})

test('every state that is not final has a way to an end', () => {
  const ends = new Set<OrderState>([...final, 'cancelled'])
  for (const state of states.filter((each) => !ends.has(each))) {
    const reached = new Set([state])
    for (const each of reached) {
      for (const input of inputs) {
        const move = nextMove(each, input)
        if (move) reached.add(move.to)
      }
    }
    assert.ok(
      [...reached].some((each) => ends.has(each)),
      `${state} has no end`,
    )
  }
})

test('the same input twice moves an order once', () => {
  for (const state of [undefined, ...states]) {
    for (const input of inputs) {
      const once = nextMove(state, input)
      if (!once) continue
      assert.equal(nextMove(once.to, input)?.to ?? once.to, once.to, `${state} ${input}`)
    }
  }
})

test('an order that ends has a reason, and keeps it', () => {
  for (const state of [undefined, ...states]) {
    for (const input of inputs) {
      const move = nextMove(state, input)
      if (!move || move.to === state) continue
      const hadReason = state === 'cancelled' || state === 'refunding'
      const needsReason = ['cancelled', 'refunding', 'refunded'].includes(move.to)
      assert.equal(move.reason !== undefined, needsReason && !hadReason, `${state} ${input}`)
    }
  }
})

test('in every story units are sold or given back, never both', () => {
  fc.assert(
    fc.property(anyInputs, (story) => {
      const { told } = live(story)
      assert.ok(!(told.includes('paid') && told.includes('cancelled')))
      assert.ok(told.filter((each) => each === 'paid').length <= 1)
    }),
  )
})

test('in every story money is kept once or sent back once', () => {
  fc.assert(
    fc.property(anyInputs, (story) => {
      const { told } = live(story)
      const money = story.some((input) => input.startsWith('captured'))
      const ends = told.filter((each) => each === 'paid' || each === 'refund-wanted')
      assert.ok(ends.length <= 1)
      if (ends.length === 1) assert.ok(money)
    }),
  )
})

test('in every story with a hold and money the order ends, and money in it is never forgotten', () => {
  fc.assert(
    fc.property(anyInputs, anyInputs, (before, after) => {
      const { states, told } = live([...before, 'captured', ...after])
      const end = states.at(-1)
      assert.ok(end === 'paid' || end === 'refunding' || end === 'refunded', end)
      assert.ok(told.includes('paid') || told.includes('refund-wanted'))
    }),
  )
})

test('in every story a hold that comes after its end is given back', () => {
  fc.assert(
    fc.property(anyInputs, (before) => {
      const early = before.filter((input) => input !== 'held')
      const { states, told } = live([...early, 'held', 'timed out'])
      if (states.at(-1) !== 'paid') assert.ok(told.includes('cancelled'))
    }),
  )
})
