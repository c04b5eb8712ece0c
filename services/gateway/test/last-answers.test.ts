import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLastAnswers } from '../src/domain/last-answers.ts'

test('an answer is remembered for so long, and says how old it is', () => {
  const last = createLastAnswers<string>({ most: 10, forMs: 1_000 })
  assert.equal(last.recall('a', 0), undefined)
  last.remember('a', 'first', 0)
  last.remember('a', 'second', 500)
  assert.deepEqual(last.recall('a', 500), { answer: 'second', ageSeconds: 0 })
  assert.deepEqual(last.recall('a', 1_500), { answer: 'second', ageSeconds: 1 })
  assert.equal(last.recall('a', 1_501), undefined)
})

test('of too many the one that was told longest ago is forgotten', () => {
  const last = createLastAnswers<number>({ most: 2, forMs: 1_000 })
  last.remember('a', 1, 0)
  last.remember('b', 2, 0)
  last.remember('a', 3, 0)
  last.remember('c', 4, 0)
  const kept = ['a', 'b', 'c'].map((key) => last.recall(key, 0)?.answer)
  assert.deepEqual(kept, [3, undefined, 4])
})
