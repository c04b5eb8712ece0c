import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject } from '../src/json.ts'
import { mergePatch } from '../src/merge-patch.ts'

/** Appendix A of RFC 7396, those of objects. */
const examples: [JsonObject, JsonObject, JsonObject][] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
]

test('a merge patch does what RFC 7396 says', () => {
  for (const [target, patch, result] of examples) {
    assert.deepEqual(mergePatch(target, patch), result, JSON.stringify([target, patch]))
  }
})

test('a patch changes neither what it is given nor what every object has', () => {
  const target = { switches: { readOnly: false } }
  const patch = JSON.parse('{"__proto__": {"spoilt": true}, "constructor": {"spoilt": true}}')
  const merged = mergePatch(target, patch)
  assert.deepEqual(target, { switches: { readOnly: false } })
  assert.equal(({} as { spoilt?: boolean }).spoilt, undefined)
  assert.ok(Object.hasOwn(merged, '__proto__')) // a field as any other: the strict form refuses it
})

test('a patch done twice is a patch done once', () => {
  const objects = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.jsonValue())
  fc.assert(
    fc.property(objects, objects, (target, patch) => {
      const once = mergePatch(target as JsonObject, patch as JsonObject)
      assert.deepEqual(mergePatch(once, patch as JsonObject), once)
    }),
  )
})
