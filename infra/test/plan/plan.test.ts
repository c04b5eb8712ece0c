import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { commit, machine } from '../../src/machine.ts'
import { planFor } from '../../src/plan/needs.ts'
import { readPlanOptions } from '../../src/plan/options.ts'
import { measureForPlan } from '../../src/plan/run-plan.ts'
import { type StepLoad, type StepSizes, wholeSteps } from '../../src/plan/step-load.ts'
import { page } from '../../src/plan/tables.ts'
import { temporaryFolder } from '../fake-part.ts'

const slower = 20 // than the real steps
const slowed = (load: StepLoad): StepLoad => ({
  ...load,
  accepted: load.accepted / slower,
  refused: load.refused / slower,
  payments: Math.ceil(load.payments / slower),
})
const tiny: StepSizes = {
  warmUpMs: 1_000,
  warmUps: wholeSteps.warmUps.map(slowed),
  idleMs: 300,
  spanMs: 1_000,
  rounds: 2,
  connections: 32,
  loads: wholeSteps.loads.map(slowed),
  othersMaxShare: 1, // a busy machine sends some away
  memory: { tokens: 500, connections: 50 },
}

test('the plan, tiny: every step is counted to its last order and payment, and a page comes of it', async (t) => {
  const stateDir = join(temporaryFolder(t), 'plan')
  const measured = await measureForPlan({ stateDir, sizes: tiny, external: {} })
  const { steps, costs, heldOut, memory } = measured
  assert.equal(steps.length, 2 * (tiny.loads.length + 2)) // idle, and what waited for the ledger
  for (const { name, counts, cpuMs } of steps) {
    assert.ok(
      Object.values(cpuMs).every((ms) => ms >= 0),
      name,
    )
    if (name.startsWith('accepted: ')) assert.equal(counts.orders, counts.accepted, name)
  }
  const sum = (of: 'payments' | 'accepted') =>
    steps.reduce((all, { counts }) => all + counts[of], 0)
  assert.ok(sum('payments') > 0 && sum('payments') <= measured.paid)
  assert.ok(sum('accepted') > 0 && sum('accepted') <= measured.accepted)
  const all = Object.values(costs).flatMap(({ idle, busy, each }) => [
    idle,
    busy,
    ...Object.values(each),
  ])
  assert.ok(all.every((us) => us >= 0) && all.some((us) => us > 0))
  assert.equal(heldOut.length, 1)
  assert.ok(memory.holdBytes > 100 && measured.wal.order > 100)
  const { wanted } = readPlanOptions(['--target', '9k/s', '--buyers', '50k', '--stock', '500'])
  const about = { commit: commit(), machine: machine(), date: new Date().toISOString() }
  const plan = planFor(costs, memory, wanted)
  const text = page({ ...about, command: './dev plan', tookMs: 1, wanted, ...measured, plan })
  for (const word of ['µs: accepted', 'held out', 'partitions a topic', 'one sale is one shard']) {
    assert.ok(text.includes(word), word)
  }
})
