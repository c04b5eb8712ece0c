import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createGapFinder } from '../src/domain/find-gaps.ts'
import { createRanges } from '../src/domain/unit-ranges.ts'

const range = fc
  .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 8 }))
  .map(([first, more]) => ({ first, last: first + more }))
const units = Array.from({ length: 80 }, (_, i) => i + 1)

test('a unit is in the ranges when it is in one of them', () => {
  fc.assert(
    fc.property(fc.array(range), (ranges) => {
      const { has } = createRanges(ranges)
      const inOne = (unit: number) => ranges.some((r) => unit >= r.first && unit <= r.last)
      assert.deepEqual(units.filter(has), units.filter(inOne))
    }),
  )
})

test('ranges overlap when a unit is in two of them', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 8 }), (ranges) => {
      const twice = units.some((u) => ranges.filter((r) => u >= r.first && u <= r.last).length > 1)
      assert.equal(createRanges(ranges).overlaps.length > 0, twice)
    }),
  )
})

test('gaps are the units neither taken nor withdrawn, each once, in rising order', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 80 })),
      fc.array(range),
      (taken, ranges) => {
        const sorted = taken.toSorted((a, b) => a - b)
        const gaps = createGapFinder(ranges.toSorted((a, b) => a.first - b.first))
        const found = [...sorted, 81].flatMap((unit) => [...gaps.upTo(unit)].flat())
        const { has } = createRanges(ranges)
        assert.deepEqual(
          found,
          units.filter((unit) => !taken.includes(unit) && !has(unit)),
        )
      },
    ),
  )
})
