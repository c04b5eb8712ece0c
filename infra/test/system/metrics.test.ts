import assert from 'node:assert/strict'
import { test } from 'node:test'
import { processMetricNames } from '@flashsale/service-kit/metric.ts'
import { type MetricRow, metricRegistry } from '@flashsale/service-kit/metric-registry.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { type System, startSystem } from '@flashsale/test-kit/system.ts'
import type { Receipt } from './buyer.ts'
import { openSale } from './sale.ts'

const NAMES = ['gateway', 'inventory', 'order', 'payment'] as const
const PRICE_MINOR = 9_900
const rows: Record<string, MetricRow> = metricRegistry

type Series = { name: string; labels: Record<string, string>; value: number }
type Told = { text: string; names: string[]; series: Series[] }

test('services tell the metrics of the registry, all of them and no other, and no person', async (t) => {
  const system = await startSystem(t)
  const receipts = await buyAndPay(system)
  const told = await allTold(system)

  await t.test('each name and label is in the registry', async () => {
    const ofProcess = await processMetricNames()
    for (const { names, series } of Object.values(told)) {
      const own = (name: string) => !ofProcess.has(name)
      assert.deepEqual(
        names.filter(own).filter((name) => !rows[name]),
        [],
      )
      for (const { name, labels } of series.filter((one) => own(metricOf(one)))) {
        const wanted = [...(rows[metricOf({ name })]?.labels ?? []), 'le']
        assert.deepEqual(
          Object.keys(labels).filter((label) => !wanted.includes(label)),
          [],
          name,
        )
      }
    }
  })
  await t.test('each metric of the registry is told by somebody', () => {
    const all = new Set(Object.values(told).flatMap(({ names }) => names))
    assert.deepEqual(
      Object.keys(rows).filter((name) => !all.has(name)),
      [],
    )
  })
  await t.test('no buyer, order or payment is in any of them', () => {
    const secrets = receipts.flatMap(({ user, orderId, paymentId }) => [user, orderId, paymentId])
    for (const { text } of Object.values(told)) {
      assert.deepEqual(
        secrets.filter((secret) => text.includes(secret)),
        [],
      )
    }
  })
  await t.test('they say what has happened', () => {
    const { gateway, inventory, order, payment } = told
    const accepted = { outcome: 'held', asked: 'yes' }
    assert.equal(sum(gateway, 'gateway_attempts_total', accepted), 3)
    assert.equal(sum(inventory, 'inventory_units', { state: 'sold' }), 1)
    assert.equal(sum(inventory, 'inventory_units', { state: 'available' }), 98)
    assert.equal(sum(inventory, 'inventory_stream_length'), 0)
    assert.equal(sum(order, 'order_hold_to_order_seconds_count'), 3)
    assert.equal(sum(payment, 'payment_callbacks_total', { outcome: 'captured' }), 2)
    const euros = { currency: 'EUR' }
    assert.equal(sum(payment, 'payment_captured_minor_total', euros), 2 * PRICE_MINOR)
    assert.equal(sum(payment, 'payment_refunded_minor_total', euros), PRICE_MINOR)
    assert.equal(sum(payment, 'payment_refunds_open'), 0)
  })
})

/** One is paid, one is paid after it was cancelled, one waits for its payment. */
async function buyAndPay(system: System) {
  const sale = await openSale(system, { priceMinor: PRICE_MINOR })
  const paid = await sale.hold('buyer-who-pays', { key: 'a-key-of-a-buyer' })
  const late = await sale.hold('buyer-who-is-late')
  const waits = await sale.hold('buyer-who-waits')
  const withPayment = async (receipt: Receipt) => ({
    ...receipt,
    paymentId: await sale.openCheckout(receipt),
  })
  const receipts = await Promise.all([paid, late, waits].map(withPayment))
  const [first, second] = receipts
  assert.ok(first && second)
  await sale.payAtBank(first.paymentId)
  await sale.cancelPatiently(late)
  await sale.payAtBank(second.paymentId)
  await sale.becomes(paid, 'paid')
  await sale.becomes(late, 'refunded')
  return receipts
}

/** Once the reconciler has read the books to which nothing more happens. */
async function allTold(system: System) {
  const sold = async () => {
    const told = await tell(system, 'inventory')
    if (!told.text.includes('inventory_units{')) return false
    return (
      sum(told, 'inventory_units', { state: 'sold' }) === 1 && sum(told, 'inventory_units') === 100
    )
  }
  await until(sold, { timeoutMs: 20_000, what: 'the reconciler to see the sold unit' })
  const entries = NAMES.map(async (name) => [name, await tell(system, name)] as const)
  return Object.fromEntries(await Promise.all(entries)) as Record<(typeof NAMES)[number], Told>
}

async function tell({ urls }: System, name: (typeof NAMES)[number]): Promise<Told> {
  const text = await (await fetch(`${urls[name]}/metrics`)).text()
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, told = '']) => told)
  const series = [...text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)].map(
    ([, sample = '', inside = '', value]) => {
      const pairs = [...inside.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
      const labels = Object.fromEntries(pairs.map(([, label, is]) => [label, is]))
      return { name: sample, labels, value: Number(value) }
    },
  )
  return { text, names, series }
}

/** A histogram is told as three kinds of series. */
const metricOf = ({ name }: { name: string }) =>
  rows[name] ? name : name.replace(/_(bucket|sum|count)$/, '')

function sum({ series }: Told, wanted: string, where: Record<string, string> = {}): number {
  const fits = ({ name, labels }: Series) =>
    name === wanted && Object.entries(where).every(([label, is]) => labels[label] === is)
  const found = series.filter(fits)
  assert.ok(found.length > 0, `${wanted} is not told`)
  return found.reduce((total, { value }) => total + value, 0)
}
