import assert from 'node:assert/strict'
import { test } from 'node:test'
import { domain } from '../../src/simulate/domain.ts'
import { simulate } from '../../src/simulate/main.ts'
import { readSimulateOptions } from '../../src/simulate/options.ts'
import { playSales } from '../../src/simulate/play-sales.ts'
import { hasPassed, page, type Summary } from '../../src/simulate/tables.ts'

const machine = { cpus: 2, cpuModel: 'a model', memoryGiB: 24, node: 'v24' }
const about = { commit: 'c', command: './dev simulate', date: '2026-01-01T00:00', machine, seed: 1 }

test('options are checked before anything is played', () => {
  assert.deepEqual(readSimulateOptions([]), {
    seed: 1,
    sales: 20_000,
    minutes: undefined,
    without: [],
    json: undefined,
  })
  assert.equal(readSimulateOptions(['--without', 'each']).without.length > 5, true)
  assert.deepEqual(readSimulateOptions(['--without', 'R9']).without, ['R9'])
  assert.throws(() => readSimulateOptions(['--without', 'R99']), /each, or one of R1, .*; not R99/)
  assert.throws(() => readSimulateOptions(['--sales', '0']), /--sales takes a whole number/)
  assert.throws(() => readSimulateOptions(['--fast']), /fast/)
})

test('sales are counted and told of, and the page says what came between', () => {
  const outcome = playSales({ domain, seed: 1, sales: 50 })
  assert.equal(outcome.sales, 50)
  assert.equal(outcome.broken, undefined)
  const said = page({ ...about, outcome, passed: true })
  assert.match(said, /50 sales, [\d,]+ steps/)
  assert.match(said, /Redis lost everything {2,}it came back empty {2,}\d/)
  assert.match(said, /too few sales to see them/)
  assert.match(said, /PASSED$/)
})

test('a broken promise is told with the shortest history that was found', () => {
  const first = playSales({ domain, seed: 10, sales: 1_000, without: 'R6a' })
  assert.ok(first.broken)
  const { promise, history, afterSales } = first.broken
  assert.ok(first.sales > afterSales, 'it looked no further')
  const summary: Summary = {
    ...about,
    without: [{ rule: 'R6a', outcome: first }],
    passed: true,
  }
  const said = page(summary)
  assert.ok(said.includes(`BROKEN: ${promise}`))
  assert.ok(said.includes(`${history.length}  ${history.at(-1)}`))
  assert.match(page({ ...about, outcome: first, passed: false }), /FAILED$/)
})

test('time ends it as well', () => {
  const { sales } = playSales({ domain, seed: 1, sales: 1_000_000, minutes: 0.001 })
  assert.ok(sales < 1_000_000 && sales > 0)
})

test('a crash that never came fails a run that was long enough to see it, and a broken promise each', () => {
  const outcome = playSales({ domain, seed: 1, sales: 4_000 })
  assert.equal(hasPassed({ ...outcome, sales: 20_000 }), true)
  const blind = { ...outcome, crashes: { ...outcome.crashes, 'callback lost': 0 } }
  assert.equal(hasPassed({ ...blind, sales: 20_000 }), false)
  assert.equal(hasPassed({ ...blind, sales: 19_999 }), true)
  const broken = { promise: 'P1', seed: 1, afterSales: 1, history: [] }
  assert.equal(hasPassed({ ...outcome, broken }), false)
})

test('the command ends with 0 when all is well, and with 1 when a rule is not missed', async (t) => {
  const said = t.mock.method(console, 'log', () => {})
  assert.equal(await simulate(['--sales', '20']), 0)
  assert.equal(await simulate(['--sales', '1000', '--without', 'R6a']), 0)
  assert.equal(await simulate(['--sales', '1', '--without', 'R9']), 1)
  assert.match(String(said.mock.calls[2]?.arguments[0]), /NOTHING BROKE/)
})
