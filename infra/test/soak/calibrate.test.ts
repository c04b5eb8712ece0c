import assert from 'node:assert/strict'
import { test } from 'node:test'
import { calibrate } from '../../src/soak/calibrate.ts'

type Faults = { buyMs?: number; atTill?: number; turnedAway?: number; behind?: number }

/** A machine that shows these faults from 100 buyers a second on. */
async function sustainedWith(faults: Faults) {
  let rate = 0
  const isTooMuch = () => rate > 100
  const seen = (fault = 0) => (isTooMuch() ? fault : 0)
  const buy: number[] = []
  const counts = { arrivals: 0, turnedAway: 0 }
  const pause = async () => {
    buy.push(isTooMuch() ? (faults.buyMs ?? 5) : 5)
    counts.turnedAway += seen(faults.turnedAway)
  }
  const { sustained, steps } = await calibrate({
    shared: { shop: { atTill: () => seen(faults.atTill) } },
    load: { counts },
    tally: { times: { buy } },
    time: { pause, isUp: () => false },
    sampler: {
      read: async () => ({ atMs: 0, figures: { 'stream entries': seen(faults.behind) } }),
    },
    setRate: (perSecond) => {
      rate = perSecond
    },
    say: () => {},
  })
  return { sustained, last: steps.at(-1)?.attemptsPerSecond }
}

const tooMuch: [string, Faults][] = [
  ['answers are slow', { buyMs: 501 }],
  ['much waits behind the 202', { behind: 233 }],
  ['buyers find no room at the door', { turnedAway: 10 }],
  ['buyers stand in line to pay', { atTill: 117 }],
]
for (const [what, faults] of tooMuch) {
  test(`the rate before the one at which ${what} is sustained`, async () => {
    assert.deepEqual(await sustainedWith(faults), { sustained: 83, last: 116 })
  })
}

test('a little of everything is sustained, as far as is tried', async () => {
  const little = { buyMs: 499, behind: 100, turnedAway: 1, atTill: 50 }
  const { sustained } = await sustainedWith(little)
  assert.ok(sustained > 1_000)
})
