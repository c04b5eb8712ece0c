import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  byBlow,
  inNines,
  longestGapMs,
  ninesRow,
  type Outcome,
  type Probe,
  percent,
} from '../../src/soak/nines.ts'

const probe = (sentAtMs: number, first: Outcome, again?: Outcome): Probe => ({
  kind: 'buy: units free',
  sentAtMs,
  during: 'nothing',
  first,
  ...(again && { again }),
})

test('99.95 % is 3.3 nines; without a failure it is said how many were asked', () => {
  assert.equal(inNines(9_995, 10_000), '3.3')
  assert.equal(inNines(9, 10), '1.0')
  assert.equal(inNines(10_000, 10_000), '> 4.0')
  assert.equal(inNines(0, 10), '0.0')
  assert.equal(inNines(0, 0), '-')
  assert.equal(percent(9_995, 10_000), '99.950 %')
})

test('a second try on another connection counts apart, and so does a 503', () => {
  const row = ninesRow('all', [
    probe(0, 'in time'),
    probe(1, 'try later'),
    probe(2, 'none', 'in time'),
    probe(3, 'late', 'try later'),
    probe(4, 'wrong', 'none'),
  ])
  assert.equal(row.asked, 5)
  assert.deepEqual(row.counts, { 'in time': 1, 'try later': 1, wrong: 1, late: 1, none: 1 })
  assert.equal(row.answered, 2)
  assert.equal(row.answeredWithRetry, 4)
  assert.equal(row.served, 1)
  assert.equal(row.servedWithRetry, 2)
})

test('a gap lasts from the last answer in time to the next, whatever order they are noted in', () => {
  const probes = [
    probe(900, 'in time'),
    probe(0, 'in time'),
    probe(100, 'try later'),
    probe(200, 'none'),
    probe(300, 'late', 'in time'),
    probe(1_000, 'in time'),
  ]
  assert.equal(longestGapMs(probes), 800)
  assert.equal(longestGapMs(probes.slice(0, 3)), 0, 'without a failure there is none')
  assert.equal(longestGapMs([probe(0, 'in time'), probe(5, 'none'), probe(50, 'none')]), 50)
})

test('between two kills of one process there is no gap: others were answered meanwhile', () => {
  const killed = [probe(100, 'in time'), probe(200, 'none'), probe(9_000, 'none')]
  const all = [...killed, probe(250, 'in time'), probe(8_990, 'in time'), probe(9_060, 'in time')]
  assert.equal(longestGapMs(killed, all), 150)
  assert.equal(ninesRow('gateway', killed, all).longestGapMs, 150)
  const [row] = byBlow(all, [{ name: 'gateway', fromMs: 9_000, toMs: 9_050 }])
  assert.equal(row?.longestGapMs, 70)
})

test('each kill has the probes that were sent from it until it was over, and no others', () => {
  const probes = [probe(1_000, 'none'), probe(6_000, 'in time'), probe(9_000, 'late', 'in time')]
  const rows = byBlow(probes, [
    { name: 'gateway-2', fromMs: 5_000, toMs: 9_000 },
    { name: 'redis', fromMs: 9_000, toMs: 19_000 },
  ])
  assert.deepEqual(
    rows.map(({ name, asked, answered, answeredWithRetry }) => [
      name,
      asked,
      answered,
      answeredWithRetry,
    ]),
    [
      ['gateway-2 after 4 s', 1, 1, 1],
      ['redis after 8 s', 1, 0, 1],
    ],
  )
})
