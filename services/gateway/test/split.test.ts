import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SplitRule, WantedSplit } from '@flashsale/contracts/http/canary.ts'
import fc from 'fast-check'
import { createSplit } from '../src/domain/split.ts'

const rule = (more: Partial<SplitRule> = {}): SplitRule =>
  SplitRule.parse({ release: '0.2.0', ...more })
const buyers = Array.from({ length: 20_000 }, (_, i) => `B-${i + 1}`)
const canaryOf = (split: ReturnType<typeof createSplit>) =>
  new Set(buyers.filter((buyer) => split.trackOf(buyer) === 'canary'))

test('a weight gives its share of the buyers the canary, also of buyers with alike names', () => {
  for (const weightPercent of [0, 0.5, 5, 50, 100]) {
    const share = canaryOf(createSplit(rule({ weightPercent }))).size / buyers.length
    const off = Math.abs(share - weightPercent / 100)
    assert.ok(off < 0.01, `${weightPercent} % gave ${share}`)
    if (weightPercent % 100 === 0) assert.equal(share, weightPercent / 100)
  }
})

test('a greater weight adds buyers and moves none; a call decides nothing by chance', () => {
  const weight = fc.integer({ min: 0, max: 10_000 }).map((parts) => parts / 100)
  fc.assert(
    fc.property(weight, weight, fc.string(), (one, other, buyerId) => {
      const [less, more] = [Math.min(one, other), Math.max(one, other)]
      const before = createSplit(rule({ weightPercent: less }))
      const after = createSplit(rule({ weightPercent: more }))
      assert.equal(before.trackOf(buyerId), before.trackOf(buyerId))
      if (before.trackOf(buyerId) === 'canary') assert.equal(after.trackOf(buyerId), 'canary')
    }),
  )
})

test('another release begins with other buyers, however alike the names', () => {
  const releases = Array.from({ length: 9 }, (_, i) => `0.${i}.0`)
  const all = releases.map((release) => canaryOf(createSplit(rule({ weightPercent: 10, release }))))
  for (const [i, first] of all.entries()) {
    for (const second of all.slice(i + 1)) {
      const again = first.intersection(second).size / first.size
      assert.ok(Math.abs(again - 0.1) < 0.05, `${again} of them again`) // a tenth by chance
    }
  }
})

test('buyers with alike ids are dealt by chance, each by itself', () => {
  const canary = canaryOf(createSplit(rule({ weightPercent: 50 })))
  const tens = Array.from({ length: buyers.length / 10 }, (_, i) => {
    return buyers.slice(10 * i, 10 * i + 10).filter((buyer) => canary.has(buyer)).length
  })
  const few = tens.filter((count) => count <= 2).length / tens.length
  const many = tens.filter((count) => count >= 8).length / tens.length
  for (const share of [few, many]) assert.ok(share > 0.03 && share < 0.08, `${share}`) // 0.055 by chance
})

test('the header comes first where it is heeded, then the cohort, then the weight', () => {
  const cohort = ['ann', 'staff-*']
  const heeded = createSplit(rule({ weightPercent: 100, header: true, cohort }))
  assert.equal(heeded.trackOf('ann', 'stable'), 'stable')
  assert.equal(heeded.trackOf('ben', 'canary'), 'canary')
  assert.equal(heeded.trackOf('ben', 'anything else'), 'canary') // by its weight

  const deaf = createSplit(rule({ weightPercent: 0, cohort }))
  assert.equal(deaf.trackOf('ben', 'canary'), 'stable')
  assert.equal(deaf.trackOf('ann', 'stable'), 'canary')
  assert.equal(deaf.trackOf('staff-7'), 'canary')
  assert.equal(deaf.trackOf('staff'), 'stable')
  assert.equal(deaf.trackOf('anna'), 'stable')
})

test('a canary that was rolled back gets nobody, whatever asks for it', () => {
  const rolledBack = {
    at: new Date(0).toISOString(),
    gateway: 'one',
    cause: 'errors',
    why: 'a test',
  } as const
  const split = createSplit(rule({ weightPercent: 100, header: true, cohort: ['ann'], rolledBack }))
  assert.equal(split.isOn, false)
  assert.equal(split.trackOf('ann', 'canary'), 'stable')
  for (const nothing of [null, rule()]) assert.equal(createSplit(nothing).isOn, false)
})

test('an operator names a release, and can set no roll-back', () => {
  assert.equal(WantedSplit.safeParse({ weightPercent: 5 }).success, false)
  assert.equal(WantedSplit.safeParse({ release: 'a', weightPercent: 101 }).success, false)
  assert.equal(WantedSplit.safeParse({ release: 'a', rolledBack: null }).success, false)
  const { rollBack } = WantedSplit.parse({ release: 'a', rollBack: { p99MsMax: 200 } })
  const usual = { errorRatioMax: 0.02, timesStableMax: 2, callsMin: 100, windowSeconds: 30 }
  assert.deepEqual(rollBack, { ...usual, p99MsMax: 200 })
})
