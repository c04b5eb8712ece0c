import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom, type Random } from '@flashsale/simulation/random.ts'
import { fitNonNegative } from '../../src/plan/least-squares.ts'

const seeds = Array.from({ length: 60 }, (_, seed) => seed)

test('planted coefficients are found again, those that are 0 among them', () => {
  for (const seed of seeds) {
    const random = createRandom(seed)
    const { rows, planted, units } = problem(random)
    const found = fitNonNegative(
      rows,
      rows.map((row) => dot(row, planted)),
    )
    for (const [j, value] of found.entries()) {
      const by = Math.abs(value - (planted[j] as number))
      assert.ok(by * (units[j] as number) < 0.01, `seed ${seed}: ${found} for ${planted}`)
    }
  }
})

test('no coefficient is ever below zero, and no other ones without a negative come nearer', () => {
  for (const seed of seeds) {
    const random = createRandom(seed)
    const { rows, planted } = problem(random)
    const targets = rows.map(
      (row) => dot(row, planted) * (0.5 + random.next()) - 20 * random.next(),
    )
    const found = fitNonNegative(rows, targets)
    assert.ok(found.every((value) => value >= 0))
    const least = squares(rows, targets, found)
    for (let tries = 0; tries < 40; tries++) {
      const other = found.map((value) => Math.max(0, value + (random.next() - 0.5) * (value + 0.1)))
      assert.ok(squares(rows, targets, other) >= least - 1e-6 * least, `seed ${seed}`)
    }
  }
})

test('a column that says nothing gets nothing', () => {
  assert.deepEqual(
    fitNonNegative(
      [
        [1, 0],
        [2, 0],
      ],
      [3, 6],
    ).map(Math.round),
    [3, 0],
  )
})

type Problem = { rows: number[][]; planted: number[]; units: number[] }

function problem(random: Random): Problem {
  const width = random.between(1, 6)
  const units = Array.from({ length: width }, () => 10 ** random.between(0, 4)) // seconds and attempts
  const rows = Array.from({ length: width + random.between(2, 8) }, () =>
    units.map((unit) => (random.chance(0.3) ? 0 : unit * random.next())),
  )
  const planted = units.map((unit) => (random.chance(0.25) ? 0 : (100 * random.next()) / unit))
  const isTold = planted.map((_, j) => rows.filter((row) => row[j] !== 0).length >= 2)
  if (!isTold.every((told) => told)) return problem(random)
  return isIndependent(rows) ? { rows, planted, units } : problem(random)
}

/** Columns so much alike that rounding decides between them are no test of anything. */
function isIndependent(rows: number[][]): boolean {
  const columns = (rows[0] ?? []).map((_, j) => rows.map((row) => row[j] as number))
  const kept: number[][] = []
  for (const column of columns) {
    const length = Math.hypot(...column)
    let rest = column.map((value) => value / length)
    for (const other of kept) {
      const along = dot(rest, other)
      rest = rest.map((value, i) => value - along * (other[i] as number))
    }
    const left = Math.hypot(...rest)
    if (left < 0.2) return false
    kept.push(rest.map((value) => value / left))
  }
  return true
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0)

const squares = (rows: number[][], targets: number[], found: number[]) =>
  rows.reduce((sum, row, i) => sum + (dot(row, found) - (targets[i] as number)) ** 2, 0)
