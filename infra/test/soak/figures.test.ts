import assert from 'node:assert/strict'
import { test } from 'node:test'
import { figureRows } from '../../src/soak/figures.ts'
import { lookAtRest, restRows } from '../../src/soak/files-at-rest.ts'
import { keptRows } from '../../src/soak/per-order.ts'
import { memoryPicture } from '../../src/soak/picture.ts'
import { sumOf } from '../../src/soak/read-metrics.ts'
import { backlogOf, type Sample } from '../../src/soak/sampler.ts'
import { seriesOf } from '../../src/soak/series.ts'

const everyMs = 10_000
const samples = (count: number, figures: (at: number) => Sample['figures']): Sample[] =>
  Array.from({ length: count }, (_, at) => ({ atMs: at * everyMs, figures: figures(at) }))

test('a leak of 100 MiB an hour is found beside what is flat', () => {
  const perSample = 100 / 360
  const rows = figureRows(
    samples(180, (at) => ({
      'beside the heap order': 120 + (at % 5),
      'beside the heap inventory': 120 + (at % 5) + at * perSample,
      'memory order': 120 + at,
      'memory kafka': 300 + at / 2,
      'memory postgres': 300 + at / 2,
      'outbox rows order': (at % 7) * 30,
    })),
    true,
  )
  const verdicts = Object.fromEntries(rows.map(({ name, verdict }) => [name, verdict]))
  assert.deepEqual(verdicts, {
    'beside the heap order': 'flat',
    'beside the heap inventory': 'grows',
    'memory order': 'shown',
    'memory kafka': 'within',
    'memory postgres': 'grows',
    'outbox rows order': 'flat',
  })
})

test('a step up to what one wave needed is no leak, a slow leak beside it is', () => {
  const step = (at: number) => (at < 90 ? 125 : 143) + (at % 3)
  const rows = figureRows(
    samples(180, (at) => ({
      'beside the heap gateway': step(at),
      'beside the heap order': step(at) + at / 6,
    })),
    true,
  )
  assert.deepEqual(
    rows.map(({ verdict }) => verdict),
    ['unclear', 'grows'],
  )
})

test('an event loop that is late more and more grows, as far as a machine that gets slower does not explain it', () => {
  const later = (fixedWorkMs: (at: number) => number) =>
    figureRows(
      samples(180, (at) => ({
        'event loop p99 order': 15 + at / 10,
        'fixed work': fixedWorkMs(at),
      })),
      true,
    ).map(({ verdict }) => verdict)
  assert.deepEqual(
    later((at) => 5 + (at % 3)),
    ['grows', 'shown'],
  )
  assert.deepEqual(
    later((at) => 5 + (at % 3) + at / 60),
    ['unclear', 'shown'],
  )
  assert.deepEqual(
    later((at) => 5 + (at % 3) + at / 240), // surely slower, by too little
    ['grows', 'shown'],
  )
  assert.deepEqual(
    later((at) => (at % 2) * 40 + at / 12), // slower by enough, if it is not chance
    ['grows', 'shown'],
  )
})

test('files that are open when all have left, beyond what pools keep, are a leak', async () => {
  const before = { 'fds gateway': 60, 'fds postgres': 300, 'heap gateway': 30 }
  const after = { 'fds gateway': 108, 'fds postgres': 2_000, 'heap gateway': 90 }
  assert.deepEqual(
    restRows(before, after, true).map(({ name, verdict }) => [name, verdict]),
    [['fds gateway', 'given back']],
  )
  const kept = { ...after, 'fds gateway': 109 }
  assert.equal(restRows(before, kept, true)[0]?.verdict, 'kept')
  assert.equal(restRows(before, {}, true)[0]?.verdict, 'kept')
  assert.equal(restRows(before, kept, false)[0]?.verdict, 'shown')
  const looks = [kept, kept, after]
  const read = async () => ({ atMs: 0, figures: looks.shift() ?? kept })
  assert.equal(await lookAtRest(before, read, async () => {}), after)
})

test('a backlog that never comes down again grows, higher waves that end do not', () => {
  const rows = figureRows(
    samples(180, (at) => ({
      'outbox rows order': at,
      'outbox rows payment': at % 6 === 2 ? 0 : 9 * at,
    })),
    true,
  )
  assert.deepEqual(
    rows.map(({ verdict }) => verdict),
    ['grows', 'flat'],
  )
})

test('nothing is judged where only numbers are wanted', () => {
  const rows = figureRows(
    samples(20, (at) => ({ 'memory order': at * 50 })),
    false,
  )
  assert.equal(rows[0]?.verdict, 'shown')
  assert.equal(rows[0]?.last, 950)
})

test('a table may grow with its orders, not faster', () => {
  const grown = (power: number) =>
    samples(30, (at) => ({
      orders: 1_000 * (at + 1),
      'kept size order.orders': (at + 1) ** power / 4,
      'live rows order.orders': 1_000 * (at + 1),
      'kept dead rows order.orders': 100 * (at + 1),
    }))
  const [even] = keptRows(grown(1), true)
  assert.equal(even?.verdict, 'as many bytes')
  assert.equal(even?.deadShare.toFixed(2), '0.09')
  assert.equal(keptRows(grown(2), true)[0]?.verdict, 'more bytes')
  assert.equal(keptRows(grown(2), false)[0]?.verdict, 'shown')
  const unread = samples(1, () => ({}))
  const holes = grown(2).flatMap((sample, at) => (at === 10 ? unread : [sample]))
  assert.equal(keptRows([...holes, ...unread], true)[0]?.verdict, 'more bytes')
})

test('a metric is summed over its series, and one that only begins alike is left out', () => {
  const text = [
    '# TYPE consumer_lag gauge',
    'consumer_lag{topic="a",partition="0"} 3',
    'consumer_lag{topic="a",partition="1"} 4',
    'consumer_lag_other 100',
    'heap{space="new"} 5',
    'heap{space="old"} 1e3',
  ].join('\n')
  assert.equal(sumOf(text, 'consumer_lag'), 7)
  assert.equal(sumOf(text, 'heap', 'space="old"'), 1_000)
  assert.equal(sumOf(text, 'nothing'), undefined)
})

test('what waits is summed over streams, outboxes and topics, and nothing else', () => {
  const figures = {
    'stream entries': 1,
    'outbox rows order': 2,
    'consumer lag order': 4,
    'redis keys': 800,
  }
  assert.equal(backlogOf({ atMs: 0, figures }), 7)
})

test('the samples in the file are thinned to the last one, with a hole where nothing was read', () => {
  const all = samples(1_000, (at): Sample['figures'] =>
    at === 0 ? {} : { 'redis keys': at + 0.12345 },
  )
  const { atSeconds, figures } = seriesOf(all)
  assert.ok(atSeconds.length <= 121)
  assert.equal(atSeconds.at(-1), 9_990)
  assert.equal(figures['redis keys']?.[0], null)
  assert.equal(figures['redis keys']?.at(-1), 999.1)
})

test('the picture has a line and a label for every process, and stays small', () => {
  const all = samples(2_000, (at) => ({
    'memory order': 100 + (at % 9),
    'memory redis': 12,
    orders: at,
  }))
  const picture = memoryPicture(all, 'memory <of> all')
  assert.equal(picture.match(/<polyline/g)?.length, 2)
  assert.match(picture, />redis<\/text>/)
  assert.match(picture, /memory &lt;of> all/)
  assert.ok(picture.length < 20_000, `${picture.length} bytes`)
})
