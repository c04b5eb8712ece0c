import type { Crash } from '../crashes.ts'
import { newStock } from '../redis-stock.ts'
import { type Step, saw, type World } from '../world.ts'
import { ATTEMPT_MS } from './buyers.ts'

/** What strikes the stores; what strikes processes stands beside their work. */
export function faultSteps(world: World): Step[] {
  return [
    ...timeSteps(world),
    fault('Redis restarted', () => restart(world, structuredClone(world.disk))),
    fault('Redis lost everything', () => restart(world, newStock(world.size))),
    fault('Redis’ clock stepped back', () => {
      world.redis.nowMs -= world.random.between(1, ATTEMPT_MS)
    }),
    fault('Postgres restarted', () => postgresRestarts(world)),
    ...kafkaSteps(world),
  ]
}

const fault = (crash: Crash, run: () => void): Step => ({ kind: 'fault', crash, name: crash, run })

function timeSteps(world: World): Step[] {
  const { random, redis, size } = world
  const passes = () => {
    redis.nowMs += random.between(1, size.tickMs)
  }
  const keeps = () => {
    world.disk = structuredClone(redis.memory)
  }
  return [
    { kind: 'time', name: 'time passes', run: passes },
    { kind: 'late', name: 'Redis writes to disk', run: keeps },
  ]
}

function restart(world: World, stock: World['disk']): void {
  const { redis, ledger, off } = world
  const lost = [...redis.memory.orders.keys()].filter((order) => !stock.orders.has(order))
  if (stock.entriesWritten < redis.memory.entriesWritten) saw(world, 'Redis lost its tail')
  if (lost.some((order) => !ledger.holds.has(order))) saw(world, 'Redis lost holds')
  redis.runId = ++world.serversStarted
  redis.memory = stock
  if (off.has('R1') && stock.runId !== 0) stock.runId = redis.runId // it does not know that it forgot
  world.disk = structuredClone(stock)
}

/** What was committed stays; everybody begins their work anew. */
function postgresRestarts(world: World): void {
  world.writers = world.writers.map(() => undefined)
  world.returners = world.returners.map(() => undefined)
  world.rebuilds = world.rebuilds.map(() => undefined)
  world.lookUps = []
  for (const { place } of world.kafka.places) place.at = place.committed
  for (const outbox of Object.values(world.kafka.outboxes)) outbox.published = outbox.marked
}

function kafkaSteps(world: World): Step[] {
  const { kafka } = world
  if (kafka.isAway) {
    const back = () => {
      kafka.isAway = false
    }
    return [{ kind: 'work', name: 'Kafka is back', run: back }]
  }
  return [
    fault('Kafka away', () => {
      kafka.isAway = true
    }),
  ]
}
