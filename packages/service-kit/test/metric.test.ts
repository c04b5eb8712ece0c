import assert from 'node:assert/strict'
import { test } from 'node:test'
import { counter, gauge, histogram, metricsText } from '../src/metric.ts'
import { type MetricRow, metricRegistry } from '../src/metric-registry.ts'

const rows: [string, MetricRow][] = Object.entries(metricRegistry)
const PERSONAL = /buyer|user|order|payment|token|key|address|email|phone|session/

test('a metric has the name, help, labels and buckets of its row', async () => {
  counter('inbox_dead_total').inc({ type: 'stock.held' })
  histogram('order_hold_to_order_seconds').observe(0.3)
  const text = await metricsText()
  assert.match(text, /^# HELP inbox_dead_total Events that went to a dead-letter topic$/m)
  assert.match(text, /^inbox_dead_total\{type="stock\.held"\} 1$/m)
  assert.match(text, /^order_hold_to_order_seconds_bucket\{le="0\.25"\} 0$/m)
  assert.match(text, /^order_hold_to_order_seconds_bucket\{le="0\.5"\} 1$/m)
})

test('another name, kind or label does not compile, and a label throws as well', () => {
  // @ts-expect-error: not in the registry
  assert.throws(() => counter('order_lost_total'))
  // @ts-expect-error: a gauge
  const asCounter = () => counter('gateway_peers')
  // @ts-expect-error: its label is called `limit`
  assert.throws(() => counter('gateway_rate_limited_total').inc({ buyer: 'ann' }))
  assert.equal(typeof asCounter, 'function')
})

test('a gauge that can not be read keeps its last value', async () => {
  let read = async () => 7
  gauge('payment_refunds_open', () => read())
  assert.match(await metricsText(), /^payment_refunds_open 7$/m)
  read = async () => {
    throw new Error('the database is away')
  }
  assert.match(await metricsText(), /^payment_refunds_open 7$/m)
})

test('names say what Prometheus expects of them', () => {
  for (const [name, { kind, unit, labels, help, buckets }] of rows) {
    assert.match(name, /^[a-z]+(_[a-z]+)+$/)
    assert.equal(name.endsWith('_total'), kind === 'counter', name)
    assert.equal(unit === 'seconds', name.endsWith('_seconds'), name)
    if (unit === 'minor units') assert.match(name, /_minor_total$/)
    assert.ok(help.length > 10 && !help.endsWith('.'), name)
    assert.equal(buckets !== undefined, kind === 'histogram', name)
    assert.deepEqual(
      buckets?.toSorted((one, other) => one - other),
      buckets,
      name,
    )
    assert.equal(new Set(labels).size, labels.length, name)
  }
})

test('no label is of a person, an order, a payment or a token', () => {
  for (const [name, { labels }] of rows) {
    assert.deepEqual(
      labels.filter((label) => PERSONAL.test(label)),
      [],
      name,
    )
  }
})
