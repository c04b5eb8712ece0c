import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readingPauseMs } from '../src/domain/reading-pause.ts'

test('the books of all sales together are read for a twentieth of the time, each within ten seconds', () => {
  assert.equal(readingPauseMs([1]), 2_000)
  assert.equal(readingPauseMs([200]), 4_000)
  assert.equal(readingPauseMs([100, 50, 50]), 4_000) // three sales take no more of it than one
  assert.equal(readingPauseMs([400, 400]), 10_000)
})
