import { type Costs, type Work, works } from './costs.ts'
import type { Memory } from './memory.ts'
import type { Wanted } from './options.ts'

// What nobody measures here: rules, each in one place.
export const rules = {
  replicasMin: 2, // of a service: one may die
  brokersMin: 3, // acks=all with one copy away
  partitionsMin: 6, // as the services make them
  partitionsAReplica: 2, // room to grow without moving keys
  connectionsSpare: 20, // of max_connections, for relays of other releases and for people
  buyerBytes: 100, // of a sold-out sale's buyers, which each gateway knows (sale-buyers.ts)
  tokensKnownMax: 200_000, // of each gateway (bearers.ts)
}
/** Connections of one replica to its own database: service-kit's pool, and Prisma's beside it. */
export const pools = { inventory: 10 + 2, order: 10 + 4, payment: 10 } as const
export type Database = keyof typeof pools

export type Rates = Record<Work, number>

/** The second in which there is most to do; what comes after one another is counted as if at once. */
export function ratesOf(wanted: Wanted): Rates {
  const { attemptsPerSecond, buyers, stock, firstSecondShare } = wanted
  const peak = Math.max(attemptsPerSecond, buyers * firstSecondShare)
  const accepted = Math.min(stock, peak)
  return {
    accepted,
    refused: peak - accepted,
    orders: Math.min(accepted, stock / wanted.ordersWithinSeconds),
    payments: (stock * wanted.paidShare) / wanted.paidWithinSeconds,
  }
}

/** Cores of this machine: what grows with the rates, and what each replica takes on top of it. */
export type Cores = { shared: number; each: number }

export function coresOf({ idle, busy, each }: Costs, rates: Rates): Cores {
  const asked = works.filter((work) => rates[work] > 0)
  const isAsked = asked.some((work) => each[work] !== undefined)
  return {
    shared: asked.reduce((sum, work) => sum + (each[work] ?? 0) * rates[work], 0) / 1e6,
    each: (idle + (isAsked ? busy : 0)) / 1e6,
  }
}

type Machine = Pick<Wanted, 'headroom' | 'coreSpeed'>

/** Processes of one core each; undefined where one has no room left beside its own constant work. */
export function replicasFor({ shared, each }: Cores, machine: Machine): number | undefined {
  const room = machine.headroom * machine.coreSpeed - each
  return room > 0 ? Math.max(1, Math.ceil(shared / room)) : undefined
}

/** Of a server that uses as many cores as it has. */
export function serverCores({ shared, each }: Cores, { headroom, coreSpeed }: Machine): number {
  return (shared + each) / (headroom * coreSpeed)
}

export type Replicas = {
  name: string
  /** Cores of the machine there that all of them take. */
  cores: number
  replicas: number | undefined
  /** Of a core, by each of them. */
  load: number
  memoryMiB: number
}
export type Plan = {
  rates: Rates
  /** How long the rush lasts, and how many attempts it has. */
  attempts: number
  rushSeconds: number
  services: Replicas[]
  redis: Replicas & { oneSalePerSecond: number; stockMs: number }
  databases: { name: Database; cores: number; connections: number }[]
  kafka: { cores: number; brokers: number; partitions: number }
  bank: { cores: number }
}

const services = ['gateway', 'inventory', 'order', 'payment'] as const
const mib = 2 ** 20

export function planFor(costs: Record<string, Costs>, memory: Memory, wanted: Wanted): Plan {
  const rates = ratesOf(wanted)
  const peak = rates.accepted + rates.refused
  const attempts = wanted.buyers * (1 + wanted.retries)
  const cores = (name: string) => coresOf(costs[name] ?? nothing, rates)
  const own = services.map((name) => {
    const replicas = replicasFor(cores(name), wanted)
    const least = Math.max(rules.replicasMin, name === 'gateway' ? forConnections(wanted) : 0)
    return sized(name, cores(name), wanted, replicas && Math.max(least, replicas))
  })
  const consumers = own.filter(({ name }) => name !== 'gateway').map(({ replicas = 1 }) => replicas)
  const replicasOf = (name: string) => own.find((one) => one.name === name)?.replicas ?? 1
  const kafkaCores = serverCores(cores('kafka'), wanted)
  const redisReplicas = replicasFor(cores('redis'), wanted)
  return {
    rates,
    attempts,
    rushSeconds: attempts / peak,
    services: own.map((one) => ({ ...one, memoryMiB: serviceMiB(one, memory, wanted) })),
    redis: {
      ...sized('redis', cores('redis'), wanted, redisReplicas),
      memoryMiB: residentOf(memory, 'redis') + (wanted.stock * memory.holdBytes) / mib,
      ...oneSale(costs.redis ?? nothing, wanted),
    },
    databases: databasesFor(costs, rates, wanted, replicasOf),
    kafka: {
      cores: kafkaCores,
      brokers: Math.max(rules.brokersMin, Math.ceil(kafkaCores / wanted.serverCores)),
      partitions: Math.max(rules.partitionsMin, rules.partitionsAReplica * Math.max(...consumers)),
    },
    bank: { cores: serverCores(cores('bank'), wanted) },
  }
}

export const forConnections = ({ buyers, connectionsEach }: Wanted) =>
  Math.ceil(buyers / connectionsEach)

const nothing: Costs = { idle: 0, busy: 0, each: {} }

function sized(name: string, cores: Cores, { coreSpeed }: Machine, replicas: number | undefined) {
  const count = replicas ?? 1
  const all = (cores.shared + count * cores.each) / coreSpeed
  return { name, replicas, cores: all, load: all / count, memoryMiB: 0 }
}

/** Redis runs commands on one core: so much one sale can have while it lives on one shard. */
function oneSale(costs: Costs, { headroom, coreSpeed, stock }: Wanted) {
  const room = headroom * coreSpeed * 1e6 - costs.idle - costs.busy
  const each = (costs.each.accepted ?? 0) || Number.NaN
  const oneSalePerSecond = Math.max(0, room) / each
  return { oneSalePerSecond, stockMs: (stock * 1_000) / oneSalePerSecond }
}

/** Postgres' own workers are shared out by what the databases themselves take. */
function databasesFor(
  costs: Record<string, Costs>,
  rates: Rates,
  wanted: Wanted,
  replicasOf: (name: string) => number,
) {
  const names = Object.keys(pools) as Database[]
  const own = names.map((name) =>
    serverCores(coresOf(costs[`postgres: ${name}`] ?? nothing, rates), wanted),
  )
  const sum = own.reduce((all, cores) => all + cores, 0)
  const shared = serverCores(coresOf(costs['postgres: shared'] ?? nothing, rates), wanted)
  return names.map((name, i) => {
    const cores = own[i] as number
    const part = sum > 0 ? cores / sum : 1 / names.length
    const connections = replicasOf(name) * pools[name] + rules.connectionsSpare
    return { name, cores: cores + shared * part, connections }
  })
}

function serviceMiB({ name, replicas = 1 }: Replicas, memory: Memory, wanted: Wanted): number {
  const base = residentOf(memory, name)
  if (name !== 'gateway') return base
  const buyers = wanted.buyers / replicas // each buyer keeps one connection, and so one gateway
  const tokens = Math.min(buyers, rules.tokensKnownMax) * memory.tokenBytes
  const connections = buyers * memory.connectionBytes
  return base + (tokens + connections + wanted.stock * rules.buyerBytes) / mib
}

const residentOf = (memory: Memory, name: string) => memory.residentMiB[name] ?? 0
