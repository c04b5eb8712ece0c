import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../src/demo/random.ts'
import {
  compare,
  fitCosts,
  predictedMs,
  processes,
  type Step,
  totalError,
  type Work,
} from '../../src/plan/costs.ts'
import { mixed } from '../../src/plan/mixed.ts'
import { wholeSteps } from '../../src/plan/step-load.ts'

const gatewayCosts = {
  idle: 5_000,
  busy: { accepted: 40_000, refused: 10_000, payments: 0 },
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
  for (const work of ['accepted', 'refused', 'payments'] as const) {
    assert.ok(near(gateway.each[work], gatewayCosts.each[work]), JSON.stringify(gateway))
    assert.ok(near(gateway.busy[work], gatewayCosts.busy[work]), JSON.stringify(gateway))
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
