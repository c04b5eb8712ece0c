import assert from 'node:assert/strict'
import { test } from 'node:test'
import { page } from '../../../load-tests/k6/page.ts'
import type { Story } from '../../../load-tests/k6/story.ts'
import type { Latency } from '../../../load-tests/k6/summary.ts'

const latency = (ms: number): Latency => {
  return { count: 5, avgMs: ms, medMs: ms, p95Ms: ms, p99Ms: ms, p999Ms: ms, maxMs: ms }
}

const story: Story = {
  script: 'spike',
  sizes: { peakPerSecond: 1_500, seconds: 20, stock: 1_000, paymentWindowSeconds: 30 },
  saleId: 'a-sale',
  date: '2026-01-02T03:04:05.000Z',
  generator: 'k6 v1.8.1 <script>alert(1)</script>',
  summary: {
    durationMs: 20_000,
    attempts: 12_345,
    dropped: 17,
    vusMax: 60,
    answers: { accepted: 1_000, 'sold-out': 11_300, 'try-later': 44, 'no-answer': 1 },
    accepted: latency(61.5),
    soldOut: latency(0.4),
    untilPaid: undefined,
    checks: { passed: 12_344, failed: 1 },
    rules: [
      { metric: 'accepted', rule: 'avg<50', value: 61.5, isMet: false },
      { metric: 'sold_out', rule: 'avg<50', value: 0.4, isMet: true },
    ],
  },
  command: './dev k6 spike --peak 1500 && "x"',
  seconds: [
    { second: 0, answers: { accepted: 900, 'sold-out': 300 }, acceptedP99Ms: 70, soldOutP99Ms: 3 },
    {
      second: 1,
      answers: { accepted: 100, other: 2 },
      acceptedP99Ms: 900,
      soldOutP99Ms: undefined,
    },
  ],
  books: {
    stock: 1_000,
    sold: 0,
    withdrawn: 1_000,
    held: 0,
    available: 0,
    oversold: 0,
    overLimit: 0,
    exact: true,
    receipts: 1_000,
    ends: { 'cancelled (unpaid)': 1_000 },
    withoutEnd: 0,
  },
}

test('the page stands by itself: nothing in it asks anybody for anything', () => {
  const text = page(story)
  assert.doesNotMatch(
    text,
    /\b(?:src|href|url|import|link|script)\b\s*[=(@]|<script|<link|https?:|\/\//i,
  )
})

test('words of others stay words', () => {
  const text = page(story)
  assert.ok(text.includes('k6 v1.8.1 &lt;script&gt;alert(1)&lt;/script&gt;'))
  assert.ok(text.includes('&amp;&amp; &quot;x&quot;'))
})

test('the page tells what was missed, and by how much', () => {
  const text = page(story)
  assert.ok(text.includes('✕ 1 of 2 thresholds missed'))
  assert.ok(text.includes('61.5 ms ✕') && text.includes('0.40 ms<'))
  assert.ok(text.includes('✓ books exact') && text.includes('✓ every 202 kept'))
  for (const words of [
    '12,345',
    'second 0: 900 accepted',
    'second 1: 2 faults',
    '1,200</b><span>in the busiest second',
  ]) {
    assert.ok(text.includes(words), words)
  }
  const broken = {
    ...story,
    books: { ...story.books, exact: false, withoutEnd: 3 } as Story['books'],
  }
  const told = page(broken as Story)
  assert.ok(told.includes('✕ books not exact') && told.includes('✕ 3 of the 202s have no end'))
})

test('a run that k6 made by itself has a page without books and seconds', () => {
  const { seconds: _, books: __, command: ___, ...rest } = story
  const text = page(rest)
  assert.ok(!text.includes('The books') && !text.includes('Second by second'))
  assert.ok(!text.includes('undefined') && !text.includes('NaN'))
  assert.ok(!page(story).includes('NaN'))
})

test('a second without anybody breaks the line, and is no zero', () => {
  const seconds = [0, 1, 2, 3].map((second) => {
    return {
      second,
      answers: {},
      acceptedP99Ms: second === 2 ? undefined : 5,
      soldOutP99Ms: undefined,
    }
  })
  const [, path = ''] = /<path class="line yes" d="([^"]*)"/.exec(page({ ...story, seconds })) ?? []
  assert.equal(path.match(/M/g)?.length, 2)
  assert.equal(path.match(/L/g)?.length, 1)
})
