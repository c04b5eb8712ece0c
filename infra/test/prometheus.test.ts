import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type MetricRow, metricRegistry } from '@flashsale/service-kit/metric-registry.ts'
import { root } from '../src/checkout.ts'
import { findOnPath } from '../src/parts/find-on-path.ts'
import {
  alerts,
  folder,
  knownMetrics,
  ruleFiles,
  rules,
  ruleTests,
  testFiles,
} from './prometheus-files.ts'
import { edgesOf, faultsOf } from './promql.ts'

test('every alert has a page that says what to do, and a heading of its own there', () => {
  assert.ok(alerts.length > 15)
  for (const { alert, annotations } of alerts) {
    const [file = '', anchor] = annotations?.runbook.split('#') ?? []
    const text = readFileSync(join(root, file), 'utf8')
    assert.ok(text.includes(`\`${alert}\``), `${file} does not say what ${alert} is`)
    const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, it = '']) => slug(it))
    if (anchor !== undefined) assert.ok(headings.includes(anchor), annotations?.runbook)
  }
})

test('every alert has a test in which it comes', () => {
  const seen = new Set(
    ruleTests
      .flatMap((one) => one.alert_rule_test)
      .filter(({ exp_alerts }) => exp_alerts.length > 0)
      .map(({ alertname }) => alertname),
  )
  assert.deepEqual(
    alerts.map(({ alert }) => alert).filter((alert) => !seen.has(alert ?? '')),
    [],
  )
})

test('every metric and label that a rule looks at is one that a service tells', async () => {
  const known = await knownMetrics()
  assert.deepEqual(
    rules.flatMap(({ expr }) => faultsOf(expr, known)),
    [],
  )
})

test('every edge that a rule asks for is an edge of its buckets', () => {
  const rows: Record<string, MetricRow> = metricRegistry
  const edges = rules.flatMap(({ expr }) => edgesOf(expr))
  assert.ok(edges.length >= 15)
  for (const [name, edge] of edges) assert.ok(rows[name]?.buckets?.includes(edge), name)
})

test('an expression that asks for what nobody tells is found', async () => {
  const known = await knownMetrics()
  const faults = (expr: string) => faultsOf(expr, known).map((fault) => fault.split(':')[0])
  assert.deepEqual(faults('sum(rate(gateway_attempt_total[1m]))'), [
    'gateway_attempt_total is no metric',
  ])
  assert.deepEqual(faults('http_request_seconds'), ['http_request_seconds is no metric'])
  assert.deepEqual(faults('sum by (buyer) (rate(gateway_attempts_total{outcom="held"}[1m]))'), [
    'gateway_attempts_total has no label outcom',
    'gateway_attempts_total has no label buyer',
  ])
  assert.deepEqual(faults('sum by (job) (rate(up[1m])'), ['is no PromQL'])
  assert.deepEqual(
    faults('max by (job) (up) + sum by (job) (rate(inbox_batch_seconds_sum[1m]))'),
    [],
  )
})

const promtool = findOnPath('promtool')
const skip = promtool ? false : 'promtool is not here (apt: prometheus)'
test('each alert comes when it has to, and not before', { skip }, () => {
  const run = (...args: string[]) =>
    spawnSync(promtool ?? '', args, { cwd: folder, encoding: 'utf8' })
  for (const args of [
    ['check', 'rules', ...ruleFiles],
    ['check', 'config', 'prometheus.yml'],
    ['test', 'rules', ...testFiles],
  ]) {
    const { status, stdout, stderr } = run(...args)
    assert.equal(status, 0, stdout + stderr)
  }
})

/** The anchor that a heading gets. */
const slug = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(' ', '-')
