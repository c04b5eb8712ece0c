import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createShedding } from '../src/domain/shedding.ts'

const BUSY = { idleShare: 0, waiting: 500 }
const IDLE = { idleShare: 0.5, waiting: 0 }

/** Looks every 100 ms, for so long, and refuses so many in between. */
function shedding() {
  const made = createShedding()
  let [nowMs, begun] = [0, 0]
  const pass = (
    ms: number,
    look: typeof BUSY & { isFull?: boolean },
    { refused = 0, taken = 0 } = {},
  ) => {
    const told: number[] = []
    for (const endMs = nowMs + ms; nowMs < endMs; nowMs += 100) {
      made.look({ nowMs, begun, ...look })
      for (let i = 0; i < refused; i++) told.push(made.refuse(nowMs, i / refused))
      begun += taken
    }
    return told
  }
  return { ...made, pass }
}

test('a rush that is over within three seconds waits in line, and nobody is sent away', () => {
  const { pass, isOver } = shedding()
  pass(3_000, BUSY)
  assert.equal(isOver(), false)
  pass(100, IDLE)
  pass(3_000, BUSY)
  assert.equal(isOver(), false)
  pass(200, BUSY)
  assert.equal(isOver(), true)
})

test('a line that gets shorter is what a stall left: nobody is sent away, however long it takes', () => {
  const { pass, isOver } = shedding()
  const drain = (from: number, shorterBy: number, looks: number) => {
    for (let i = 0; i < looks; i++) pass(100, { idleShare: 0, waiting: from - i * shorterBy })
  }
  drain(3_400, 40, 84) // at 80 % of what it can take
  assert.equal(isOver(), false)
  drain(3_400, 1, 32) // it is as long as it was: no end of it is to be seen
  assert.equal(isOver(), true)
})

test('one that is held back, and so seems to wait for events now and then, is overloaded', () => {
  const { pass, isOver } = shedding()
  const second = (idleShares: number[]) => {
    for (const idleShare of idleShares) pass(100, { ...BUSY, idleShare })
  }
  const heldBack = [0, 0, 0.2, 0, 0, 0.2, 0, 0, 0, 0]
  const withTimeToSpare = [0, 0, 0.2, 0.2, 0, 0.2, 0, 0, 0, 0]
  for (let i = 0; i < 10; i++) second(withTimeToSpare)
  assert.equal(isOver(), false)
  for (let i = 0; i < 7; i++) second(heldBack)
  assert.equal(isOver(), true)
})

test('a line that is full is too much at once, if there is no time to spare: else it waits for others', () => {
  const { pass, isOver } = shedding()
  const full = { ...BUSY, isFull: true }
  pass(1_000, { ...full, idleShare: 0.15 })
  assert.equal(isOver(), false)
  pass(100, full)
  assert.equal(isOver(), true)
})

test('a process that is busy while nobody waits in line is not overloaded', () => {
  const { pass, isOver } = shedding()
  pass(5_000, { idleShare: 0, waiting: 0 })
  assert.equal(isOver(), false)
})

test('it lasts while somebody is refused and there is little time to spare', () => {
  const { pass, isOver } = shedding()
  const little = { idleShare: 0.05, waiting: 0 }
  pass(3_500, BUSY)
  pass(3_000, little, { refused: 1 })
  assert.equal(isOver(), true)
  pass(1_100, little)
  assert.equal(isOver(), false)
})

test('it is over after a second with time to spare: refusals alone would keep it going', () => {
  const { pass, isOver } = shedding()
  pass(3_500, BUSY)
  pass(900, IDLE, { refused: 1 })
  assert.equal(isOver(), true)
  pass(300, IDLE, { refused: 1 })
  assert.equal(isOver(), false)
})

/** A crowd at a gateway that takes 2,000 a second: whoever is refused comes back when he was told. */
function crowd(size: number, seconds: number) {
  const { look, refuse } = createShedding()
  const due = Array.from({ length: size }, () => 0)
  const refused: number[] = []
  for (let nowMs = 0; nowMs < 1_000 * seconds; nowMs += 100) {
    look({ nowMs, begun: 2 * nowMs, ...BUSY })
    if (nowMs < 4_000) continue // by then it is overloaded
    for (const [one, atMs] of due.entries()) {
      if (atMs > nowMs) continue
      due[one] = nowMs + 1_000 * refuse(nowMs, ((one * 7_919) % 1_000) / 1_000)
      const second = Math.floor(nowMs / 1_000)
      refused[second] = (refused[second] ?? 0) + 1
    }
  }
  return refused
}

test('of a crowd that is away a few come back each second, beside those who are taken', () => {
  for (const size of [1_000, 4_000]) {
    const later = crowd(size, 240).slice(90)
    const [least, most] = [Math.min(...later), Math.max(...later)]
    assert.ok(least > 30 && most < 250, `${size}: ${least} to ${most} a second, 100 are meant`)
  }
})

test('they are not all told the same, nor longer than they have to stay away', () => {
  const { pass } = shedding()
  pass(3_500, BUSY, { taken: 200 })
  const told = pass(1_000, BUSY, { taken: 200, refused: 400 })
  assert.deepEqual([told[0], Math.min(...told)], [1, 1])
  const most = Math.max(...told) // nearly 4,000 are away, 2,000 a second are taken
  assert.ok(most >= 30 && most <= 54, `${most}`)
  assert.ok(new Set(told.slice(-400)).size > 8)
  pass(61_000, BUSY, { taken: 200 })
  assert.equal(pass(100, BUSY, { refused: 400 })[0], 1) // all of them are back
})

test('whatever happens, who is refused is told one to 60 seconds', () => {
  const step = fc.record({
    ms: fc.integer({ min: 1, max: 5_000 }),
    idleShare: fc.double({ min: 0, max: 1, noNaN: true }),
    waiting: fc.nat(5_000),
    refused: fc.nat(20),
    taken: fc.nat(20),
  })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { pass } = shedding()
      for (const { ms, idleShare, waiting, refused, taken } of steps) {
        const told = pass(ms, { idleShare, waiting }, { refused, taken })
        assert.ok(
          told.every((seconds) => Number.isInteger(seconds) && seconds >= 1 && seconds <= 60),
        )
      }
    }),
  )
})
