import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '@flashsale/simulation/random.ts'
import {
  compare,
  fitCosts,
  predictedMs,
  processes,
  type Step,
  sumOf,
  totalError,
  type Work,
} from '../../src/plan/costs.ts'
import { mixed } from '../../src/plan/mixed.ts'
import { wholeSteps } from '../../src/plan/step-load.ts'

const gatewayCosts = {
  idle: 5_000,
  busy: 40_000,
  each: { accepted: 55, refused: 30, payments: 120 },
}

test('from the steps that are run, each cost of a process can be told from the others', () => {
  const steps = stepsOf().map((step) => ({
    ...step,
    cpuMs: { gateway: predictedMs(gatewayCosts, step) },
  }))
  const { gateway } = fitCosts(steps)
  assert.ok(gateway)
  assert.ok(near(gateway.idle, gatewayCosts.idle), JSON.stringify(gateway))
  assert.ok(near(gateway.busy, gatewayCosts.busy), JSON.stringify(gateway))
  for (const work of ['accepted', 'refused', 'payments'] as const) {
    assert.ok(near(gateway.each[work], gatewayCosts.each[work]), JSON.stringify(gateway))
  }
})

test('a process is charged only with work that passes it', () => {
  const random = createRandom(7)
  const steps = stepsOf().map((step) => ({
    ...step,
    cpuMs: Object.fromEntries(processes.map((name) => [name, 1_000 * random.next()])),
  }))
  const costs = fitCosts(steps)
  assert.deepEqual(Object.keys(costs.gateway?.each ?? {}), ['accepted', 'refused', 'payments'])
  assert.deepEqual(Object.keys(costs.order?.each ?? {}), ['orders', 'payments'])
  assert.deepEqual(Object.keys(costs['postgres: payment']?.each ?? {}), ['payments'])
})

test('the error is of the whole, and a process that is not charged is missing from it', () => {
  const [step] = stepsOf()
  assert.ok(step)
  const measured = { ...step, cpuMs: { gateway: predictedMs(gatewayCosts, step) * 1.25 } }
  const compared = compare({ gateway: gatewayCosts }, measured)
  assert.equal(compared.length, 1)
  assert.ok(near(totalError(compared), 0.2))
})

test('works that go on at once share the rounds of their process', () => {
  const counts = { accepted: 100, refused: 200, orders: 0, payments: 0 }
  const busySeconds = { accepted: 4, refused: 4, orders: 4.5, payments: 0 }
  const ms = predictedMs(gatewayCosts, { seconds: 5, counts, busySeconds })
  // 5 s x 5 ms + 4 s x 40 ms + 100 x 55 us + 200 x 30 us: orders do not pass a gateway
  assert.ok(near(ms, 25 + 160 + 5.5 + 6), `${ms}`)
})

test('rounds of one step are compared together', () => {
  const [, one] = stepsOf()
  assert.ok(one)
  const rounds = [
    { ...one, cpuMs: { gateway: 100 } },
    { ...one, cpuMs: { gateway: 300 } },
  ]
  const all = sumOf(rounds)
  assert.equal(all.seconds, 2 * one.seconds)
  assert.equal(all.counts.accepted, 2 * one.counts.accepted)
  assert.deepEqual(all.cpuMs, { gateway: 400 })
  assert.ok(near(predictedMs(gatewayCosts, all), 2 * predictedMs(gatewayCosts, one)))
})

test('two kinds of requests come evenly', () => {
  const kinds = mixed(30, 90)
  assert.equal(kinds.filter((kind) => kind === 'yes').length, 30)
  for (let i = 0; i + 4 <= kinds.length; i += 4) {
    assert.equal(kinds.slice(i, i + 4).filter((kind) => kind === 'yes').length, 1)
  }
  assert.deepEqual(mixed(0, 3), ['no', 'no', 'no'])
  assert.deepEqual(mixed(2, 0), ['yes', 'yes'])
})

/** As the real ones come out, with the drain of every step a little longer than its load. */
function stepsOf(): Omit<Step, 'cpuMs'>[] {
  const spanSeconds = wholeSteps.spanMs / 1_000
  const idle = { accepted: 0, refused: 0, orders: 0, payments: 0 }
  const loads = wholeSteps.loads.map(({ name, accepted, refused, payments, ledgerWaits }, i) => {
    const behindSeconds = 0.2 + (i % 3) / 10
    const rates = { accepted, refused, orders: ledgerWaits ? 0 : accepted, payments }
    const of = (value: (work: Work) => number) => ({
      accepted: value('accepted'),
      refused: value('refused'),
      orders: value('orders'),
      payments: value('payments'),
    })
    const busy = (work: Work) => (rates[work] === 0 ? 0 : spanSeconds)
    return {
      name,
      seconds: spanSeconds + behindSeconds,
      counts: of((work) => rates[work] * spanSeconds),
      busySeconds: of(busy),
    }
  })
  return [{ name: 'idle', seconds: spanSeconds, counts: idle, busySeconds: idle }, ...loads]
}

function near(value: number | undefined, wanted: number): boolean {
  return value !== undefined && Math.abs(value - wanted) <= 0.01 * Math.max(1, wanted)
}
