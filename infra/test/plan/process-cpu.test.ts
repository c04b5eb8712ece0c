import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cpuBetween } from '../../src/bench/cpu.ts'
import { postgresCpu } from '../../src/plan/process-cpu.ts'

test('a backend that ends takes nothing back from its database', () => {
  const databaseOf = (pid: number) => (pid > 1 ? 'order' : undefined)
  const read = postgresCpu(databaseOf)
  const before = read([
    { pid: 1, ms: 100 },
    { pid: 2, ms: 500 },
    { pid: 3, ms: 40 },
  ])
  // Number 2 took 30 ms more and ended, number 4 is new; the parent has all of number 2's time.
  const after = read([
    { pid: 1, ms: 100 + 10 + 530 },
    { pid: 3, ms: 60 },
    { pid: 4, ms: 7 },
  ])
  assert.deepEqual(cpuBetween(before, after), {
    'postgres: inventory': 0,
    'postgres: order': 27,
    'postgres: payment': 0,
    'postgres: shared': 40,
  })
})

test('nor does one that ends while all of them are read', () => {
  const read = postgresCpu((pid) => (pid > 1 ? 'order' : undefined))
  const before = read([
    { pid: 1, ms: 100 },
    { pid: 2, ms: 500 },
  ])
  // It stood in the list of children; then there was nothing of it to read, and its parent was read before.
  const during = read([
    { pid: 1, ms: 110 },
    { pid: 2, ms: 0 },
  ])
  const after = read([{ pid: 1, ms: 110 + 530 }])
  const of = (times: Record<string, number>) => [
    times['postgres: order'],
    times['postgres: shared'],
  ]
  assert.deepEqual(of(cpuBetween(before, during)), [0, 10])
  assert.deepEqual(of(cpuBetween(during, after)), [0, 30])
})
