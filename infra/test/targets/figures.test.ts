import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LoadReport } from '../../src/bench/load/load.ts'
import { UsageError } from '../../src/plain-error.ts'
import { latencyRow } from '../../src/targets/latency-row.ts'
import { readTargetsOptions } from '../../src/targets/options.ts'
import { rushFigure } from '../../src/targets/rush-figure.ts'

const rush = { perSecond: 10_000, spanMs: 1_000, stock: 100, offered: 10_000 }
const cpu = { tookMs: 1_000, cpu: { gateway: 600, redis: 300 } }

test('each figure of a row is held against its own limit', () => {
  const row = (of: (i: number) => number) =>
    latencyRow(
      'some',
      Float64Array.from({ length: 10_000 }, (_, i) => of(i)),
      20_000,
    )
  assert.deepEqual(row(() => 50).missed, [])
  assert.deepEqual(row(() => 51).missed, ['AVG'])
  assert.deepEqual(row((i) => (i < 100 ? 101 : 1)).missed, [])
  assert.deepEqual(row((i) => (i < 101 ? 101 : 1)).missed, ['TP99'])
  assert.deepEqual(row((i) => (i < 11 ? 1_001 : 1)).missed, ['TP999'])
  assert.equal(row(() => 1).share, 0.5)
})

test('a rate holds only if every row does, and nearly nobody goes without a result', () => {
  const good = { accepted: times(100, 5), 'sold out': times(9_900, 5) }
  assert.equal(figureOf(good).holds, true)
  assert.equal(figureOf({ ...good, accepted: times(100, 150) }).holds, false) // few, and hidden in all
  const away = (count: number) => ({ ...good, 'sold out': times(9_900 - count, 5) })
  assert.equal(figureOf(away(10)).holds, true)
  assert.equal(figureOf(away(11)).holds, false) // lost
  assert.equal(figureOf({ ...away(11), 'try later': times(11, 5) }).holds, false)
})

test('shares are of what was offered, and the generator is part of the CPU', () => {
  const kinds = { accepted: times(100, 5), malformed: times(200, 1), 'rate limited': times(300, 1) }
  const figure = figureOf(kinds)
  assert.deepEqual(
    figure.rows.map(({ name, count }) => [name, count]),
    [
      ['accepted', 100],
      ['refused for another reason', 500],
      ['all', 600],
    ],
  )
  assert.equal(figure.lost, 9_400)
  assert.ok(Math.abs(figure.generatorShare - 0.25) < 1e-9)
})

test('options: all parts or some, and nothing that is not there', () => {
  assert.deepEqual(readTargetsOptions([]).parts, ['rates', 'scale'])
  assert.deepEqual(readTargetsOptions(['--only', 'scale']).parts, ['scale'])
  assert.throws(() => readTargetsOptions(['--only', 'nines']), UsageError)
})

const times = (count: number, ms: number) => new Float64Array(count).fill(ms)

function figureOf(byKind: Record<string, Float64Array>) {
  const late = { generator: 0, connection: 0 }
  const report = { byKind, late, busy: 0.3 } as unknown as LoadReport
  return rushFigure(rush, report, cpu)
}
