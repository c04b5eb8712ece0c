import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CONFIG_BYTES_MAX, type RawDocument } from '@flashsale/contracts/http/runtime-config.ts'
import { changeDocument, replaceDocument } from '../src/change-document.ts'

const bucket = { burst: 5, perSecond: 1 }
const good = (...[stored, patch]: [RawDocument, RawDocument]) => {
  const judged = changeDocument(stored, patch)
  return judged.kind === 'good' ? judged : assert.fail(JSON.stringify(judged))
}
const placesOfBad = (stored: RawDocument, patch: RawDocument) => {
  const judged = changeDocument(stored, patch)
  return judged.kind === 'bad' ? judged.errors.map(({ at }) => at) : []
}

test('a change says what is other than before, and nothing of what is only written out', () => {
  const { document, differences } = good({}, { limits: { buyer: bucket } })
  assert.deepEqual(differences, [{ at: '/limits/buyer', after: bucket }])
  const next = good(document, { limits: { buyer: { burst: 6 } }, switches: { readOnly: true } })
  assert.deepEqual(next.differences, [
    { at: '/limits/buyer/burst', before: 5, after: 6 },
    { at: '/switches/readOnly', before: false, after: true },
  ])
  const back = good(next.document, { limits: { buyer: null }, switches: { readOnly: null } })
  assert.deepEqual(back.differences, [
    { at: '/limits/buyer', before: { burst: 6, perSecond: 1 } },
    { at: '/switches/readOnly', before: true, after: false },
  ])
  assert.deepEqual(good(back.document, { switches: { readOnly: false } }).differences, [])
})

test('a field that nobody knows is refused at the door', () => {
  assert.deepEqual(placesOfBad({}, { switch: {} }), ['document/switch'])
  assert.deepEqual(placesOfBad({}, { switches: { readonly: true } }), [
    'document/switches/readonly',
  ])
  const patch = { limits: { buyer: { ...bucket, more: 1 } } }
  assert.deepEqual(placesOfBad({}, patch), ['document/limits/buyer/more'])
  assert.deepEqual(placesOfBad({}, JSON.parse('{"__proto__": {"a": 1}}')), ['document/__proto__'])
})

test('what a later release has stored stays as it is, through changes of an earlier one', () => {
  const later = { how: 'new' }
  const stored = { later, switches: { later: true } }
  const { document } = good(stored, { switches: { stopJoins: true } })
  assert.deepEqual(document.later, later)
  assert.deepEqual(document.switches, {
    serveStale: false,
    closeCardPayments: false,
    readOnly: false,
    stopJoins: true,
    later: true,
  })
  assert.deepEqual(placesOfBad(stored, { later: { how: 'other' } }), ['document/later'])
  assert.equal(good(stored, { later: null }).document.later, undefined) // taken away
})

test('a document has a size that it can’t pass', () => {
  const cohort = Array.from({ length: 1_000 }, (_, i) => `${i}-${'x'.repeat(100)}`)
  const split = { release: '2', cohort }
  assert.ok(JSON.stringify(split).length > CONFIG_BYTES_MAX)
  assert.deepEqual(placesOfBad({}, { canary: { order: split } }), ['document'])
  good({}, { canary: { order: { ...split, cohort: cohort.slice(0, 100) } } })
})

test('an earlier document is put back whole', () => {
  const first = good({}, { limits: { buyer: bucket }, switches: { readOnly: true } })
  const second = good(first.document, { limits: { buyer: null, gateway: bucket } })
  const back = replaceDocument(second.document, first.document)
  assert.deepEqual(back.kind === 'good' && back.document, first.document)
  const none = replaceDocument(second.document, {})
  assert.deepEqual(none.kind === 'good' && none.document.limits, {})
})
