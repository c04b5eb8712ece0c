import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageError } from '../../src/plain-error.ts'
import { readPlanOptions } from '../../src/plan/options.ts'
import { readCount, readRate, readShare } from '../../src/plan/quantity.ts'

const must = ['--target', '100000/s', '--buyers', '1M', '--stock', '5k']

test('counts are read as people write them', () => {
  const read = (text: string) => readCount('stock', text)
  assert.deepEqual(
    ['7', '5000', '5k', '5K', '1M', '1.5m', '0.5k'].map(read),
    [7, 5_000, 5_000, 5_000, 1_000_000, 1_500_000, 500],
  )
  assert.equal(read('1.001k'), 1_001) // and not 1000.9999999999999
})

test('what is no count is refused with what would be one', () => {
  for (const text of [
    '',
    'k',
    '-5',
    '0',
    '1e6',
    '5 k',
    '5kk',
    '1.5',
    '0.0005k',
    '5G',
    '1,000',
    '99999M',
  ]) {
    assert.throws(
      () => readCount('stock', text),
      (error: Error) => {
        return error instanceof UsageError && /--stock takes .*5k.*1\.5M/.test(error.message)
      },
    )
  }
})

test('a rate has its unit', () => {
  assert.equal(readRate('target', '100000/s'), 100_000)
  assert.equal(readRate('target', '100k/s'), 100_000)
  for (const text of ['100000', '100000/m', '/s', 'k/s', '0/s', '1/s/s']) {
    assert.throws(() => readRate('target', text), UsageError)
  }
})

test('a share is a percentage or a fraction within its bounds', () => {
  const read = (text: string) => readShare('headroom', text, { min: 0.1, max: 0.95 })
  assert.deepEqual(['60%', '0.6', '12.5%', '95%'].map(read), [0.6, 0.6, 0.125, 0.95])
  for (const text of ['60', '5%', '96%', '%', '-60%', 'half']) {
    assert.throws(() => read(text), UsageError)
  }
})

test('every assumption has a default, and what is missing is named', () => {
  const { wanted, json } = readPlanOptions(must)
  assert.deepEqual(wanted, {
    attemptsPerSecond: 100_000,
    buyers: 1_000_000,
    stock: 5_000,
    firstSecondShare: 0.1,
    retries: 1,
    paidShare: 0.9,
    ordersWithinSeconds: 5,
    paidWithinSeconds: 60,
    headroom: 0.6,
    coreSpeed: 1,
    serverCores: 16,
    connectionsEach: 50_000,
  })
  assert.equal(json, undefined)
  assert.equal(readPlanOptions([...must, '--core', '1.5']).wanted.coreSpeed, 1.5)
  assert.throws(() => readPlanOptions(must.slice(0, 4)), /--stock is missing/)
  assert.throws(() => readPlanOptions([...must, '--core', '0']), UsageError)
  assert.throws(() => readPlanOptions([...must, '--json', '/nowhere/at/all.json']), UsageError)
})
