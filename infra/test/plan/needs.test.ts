import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Costs } from '../../src/plan/costs.ts'
import { coresOf, planFor, ratesOf, replicasFor, serverCores } from '../../src/plan/needs.ts'
import { readPlanOptions } from '../../src/plan/options.ts'

const wantedOf = (...more: string[]) => {
  const must = ['--target', '100000/s', '--buyers', '1M', '--stock', '5000']
  const enough = ['--connections', '1M'] // so that CPU decides
  return readPlanOptions([...must, ...enough, ...more]).wanted
}
const cost = (each: Costs['each'], idle = 0, busy = 0): Costs => ({ idle, busy, each })
const memory = {
  residentMiB: { gateway: 100, inventory: 150, order: 90, payment: 80, redis: 10 },
  tokenBytes: 500,
  connectionBytes: 10_000,
  holdBytes: 400,
}

test('the busiest second: no more is accepted than there are units, and orders follow in their time', () => {
  assert.deepEqual(ratesOf(wantedOf()), {
    accepted: 5_000,
    refused: 95_000,
    orders: 1_000,
    payments: 75,
  })
  assert.equal(ratesOf(wantedOf('--first-second', '30%')).refused, 295_000)
  const large = ratesOf(wantedOf('--stock', '1M'))
  assert.deepEqual([large.accepted, large.refused, large.orders], [100_000, 0, 100_000])
})

test('replicas: what grows is shared out, what each takes anyway is not, and headroom is kept', () => {
  const cores = coresOf(cost({ accepted: 100, refused: 20 }, 10_000, 90_000), {
    ...ratesOf(wantedOf()),
  })
  assert.ok(Math.abs(cores.shared - 2.4) < 1e-9) // 5,000 x 100 us + 95,000 x 20 us
  assert.ok(Math.abs(cores.each - 0.1) < 1e-9)
  const machine = { headroom: 0.6, coreSpeed: 1 }
  assert.equal(replicasFor(cores, machine), 5) // of 0.5 core left in each
  assert.equal(replicasFor(cores, { ...machine, coreSpeed: 2 }), 3)
  assert.equal(replicasFor({ shared: 1, each: 0.6 }, machine), undefined)
  assert.ok(Math.abs(serverCores({ shared: 2.4, each: 0 }, machine) - 4) < 1e-9)
})

test('work that nobody asks for costs nothing, its constant part included', () => {
  const paying = cost({ payments: 500 }, 0, 300_000)
  assert.deepEqual(coresOf(paying, ratesOf(wantedOf('--paid', '0%'))), { shared: 0, each: 0 })
})

test('the plan: consumers have partitions, databases connections, one sale one shard', () => {
  const costs = {
    gateway: cost({ accepted: 60, refused: 30, payments: 300 }),
    inventory: cost({ accepted: 20, orders: 90 }),
    redis: cost({ accepted: 20, orders: 5 }),
    order: cost({ orders: 4_000 }),
    payment: cost({ payments: 500 }),
    kafka: cost({ orders: 30 }),
    'postgres: inventory': cost({ orders: 60 }),
    'postgres: order': cost({ orders: 40 }),
    'postgres: payment': cost({ payments: 100 }),
    'postgres: shared': cost({ orders: 20 }),
  }
  const plan = planFor(costs, memory, wantedOf())
  const replicas = Object.fromEntries(plan.services.map((one) => [one.name, one.replicas]))
  // 5,000 x 60 + 95,000 x 30 + 75 x 300 us = 3.17 cores of 0.6 each; payment would do with one
  assert.deepEqual(replicas, { gateway: 6, inventory: 2, order: 7, payment: 2 })
  assert.equal(plan.kafka.partitions, 14)
  assert.equal(plan.kafka.brokers, 3)
  assert.deepEqual(
    plan.databases.map(({ name, connections }) => [name, connections]),
    [
      ['inventory', 2 * 12 + 20],
      ['order', 7 * 14 + 20],
      ['payment', 2 * 10 + 20],
    ],
  )
  const used = plan.databases.reduce((sum, { cores }) => sum + cores, 0)
  assert.ok(Math.abs(used - (0.06 + 0.04 + 0.0075 + 0.02) / 0.6) < 1e-9)
  assert.equal(plan.redis.replicas, 1)
  assert.ok(Math.abs(plan.redis.oneSalePerSecond - 30_000) < 1e-6)
  assert.ok(Math.abs(plan.redis.stockMs - 5_000 / 30) < 1e-6)
})

test('memory: a gateway has its share of the buyers, and no more tokens than it may know', () => {
  const costs = { gateway: cost({ refused: 10, accepted: 10 }) }
  const [gateway] = planFor(costs, memory, wantedOf()).services
  assert.equal(gateway?.replicas, 2) // of 500,000 buyers each
  const bytes = 200_000 * 500 + 500_000 * 10_000 + 5_000 * 100
  assert.ok(Math.abs((gateway?.memoryMiB ?? 0) - (100 + bytes / 2 ** 20)) < 1e-6)
})

test('a gateway holds no more connections than it may', () => {
  const costs = { gateway: cost({ refused: 10, accepted: 10 }) }
  const [gateway] = planFor(costs, memory, wantedOf('--connections', '50k')).services
  assert.equal(gateway?.replicas, 20)
})

test('a shard that can not keep up is told as more than one', () => {
  const plan = planFor({ redis: cost({ accepted: 20 }) }, memory, wantedOf('--stock', '100k'))
  assert.equal(plan.redis.replicas, 4) // 100,000 x 20 us of 0.6 each
})
