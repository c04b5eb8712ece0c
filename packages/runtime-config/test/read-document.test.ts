import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../src/json.ts'
import { readDocument } from '../src/read-document.ts'

const bucket = { burst: 5, perSecond: 1 }
const read = (raw: JsonObject) => {
  const reading = readDocument(raw)
  assert.equal(reading.kind, 'read', JSON.stringify(reading))
  return reading.kind === 'read' ? reading : assert.fail()
}

test('a document of which nothing is set has all switches off', () => {
  const { document } = read({})
  const switches = {
    serveStale: false,
    closeCardPayments: false,
    readOnly: false,
    stopJoins: false,
  }
  assert.deepEqual(document, { limits: {}, switches, canary: {}, faults: {} })
})

test('what a later release has added is left out, at any depth, and the rest is read', () => {
  const { document, unknown } = read({
    later: { of: 'all' },
    limits: { buyer: { ...bucket, later: 1 }, gateway: 'unlimited', later: bucket },
    switches: { readOnly: true, later: true },
    canary: { order: { release: '2', later: true, rollBack: { later: 1 } } },
    faults: { order: { delayMs: 5, later: true } },
  })
  assert.deepEqual(document.limits, { buyer: bucket, gateway: 'unlimited' })
  assert.equal(document.switches.readOnly, true)
  assert.equal(document.canary.order?.release, '2')
  assert.deepEqual(document.faults.order, { delayMs: 5, delayedShare: 1, failedShare: 0 })
  assert.deepEqual(unknown.map((path) => path.join('/')).sort(), [
    'canary/order/later',
    'canary/order/rollBack/later',
    'faults/order/later',
    'later',
    'limits/buyer/later',
    'limits/later',
    'switches/later',
  ])
})

test('what is known has to be right, and each fault is told with its place', () => {
  const reading = readDocument({
    limits: { buyer: { burst: 0, perSecond: 1 }, address: 'none' },
    switches: { readOnly: 'yes' },
    faults: { payment: { failedShare: 2 } },
  })
  assert.equal(reading.kind, 'bad')
  assert.deepEqual(reading.kind === 'bad' && reading.errors.map(({ at }) => at).sort(), [
    'document/faults/payment/failedShare',
    'document/limits/address',
    'document/limits/buyer/burst',
    'document/switches/readOnly',
  ])
})
