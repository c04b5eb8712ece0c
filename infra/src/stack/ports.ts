import { createServer } from 'node:net'
import { PlainError } from '../plain-error.ts'
import { listenerOn } from './port-owner.ts'
import { countOf, type Scale } from './scale.ts'

// `gateway` is the port that buyers know. Several gateways have ports of their own, behind a balancer there.
const offsets = {
  gateway: 0,
  inventory: 1,
  order: 2,
  payment: 3,
  bank: 4,
  postgres: 10,
  redis: 11,
  kafka: 12,
  kafkaController: 13,
  postgresStandby: 14,
  redisReplica: 15,
  'kafka-2': 16,
  'kafkaController-2': 17,
  'kafka-3': 18,
  'kafkaController-3': 19,
  'gateway-1': 20,
  'gateway-2': 21,
  'gateway-3': 22,
  'gateway-4': 23,
  'inventory-2': 25,
  'inventory-3': 26,
  'inventory-4': 27,
  'order-2': 29,
  'order-3': 30,
  'order-4': 31,
  'payment-2': 33,
  'payment-3': 34,
  'payment-4': 35,
  postgresProxy: 40,
  redisProxy: 41,
  bankProxy: 42,
  replicationProxy: 43,
  standbyProxy: 44,
  zipkin: 45,
}
export type PortName = keyof typeof offsets
export type Ports = Record<PortName, number>

const defaultBase = 8080
const baseMin = 1_024
const baseMax = 65_000
// Below the ports that the system hands out to outgoing connections: a killed process finds its own free again.
const freeMin = 20_000
const freeMax = 32_000
const freeTriesMax = 500

export function portBase(env: NodeJS.ProcessEnv): number {
  const base = Number(env.FLASHSALE_PORT_BASE || defaultBase)
  if (Number.isInteger(base) && base >= baseMin && base <= baseMax) return base
  throw new PlainError(`FLASHSALE_PORT_BASE must be a port from ${baseMin} to ${baseMax}`)
}

/** The port that an instance itself listens on. */
export function portOf(ports: Ports, scale: Scale, instance: string): number {
  const isBehindBalancer = instance === 'gateway' && countOf(scale, 'gateway') > 1
  return ports[(isBehindBalancer ? 'gateway-1' : instance) as PortName]
}

export function portsFrom(base: number): Ports {
  return mapPorts((name) => base + offsets[name])
}

/** Ports that nobody uses now. */
export async function freePorts(): Promise<Ports> {
  const taken = new Set<number>()
  for (let tries = 0; taken.size < Object.keys(offsets).length; tries++) {
    if (tries > freeTriesMax) throw new PlainError('found no free ports')
    const port = freeMin + Math.floor(Math.random() * (freeMax - freeMin))
    if (!taken.has(port) && (await isFree(port))) taken.add(port)
  }
  const found = [...taken]
  return mapPorts(() => found.pop() as number)
}

/** Fails naming the first port that is taken, and by whom if the system tells. */
export async function assertFree(ports: Ports, names: PortName[]): Promise<void> {
  for (const name of names) {
    const port = ports[name]
    if (await isFree(port)) continue
    const owner = listenerOn(port)
    const by = owner ? ` by ${owner.command} (pid ${owner.pid})` : ''
    throw new PlainError(
      `port ${port}, needed by ${name}, is taken${by}: stop that, or set FLASHSALE_PORT_BASE`,
    )
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => resolve(true))
    })
  })
}

function mapPorts(port: (name: PortName) => number): Ports {
  const names = Object.keys(offsets) as PortName[]
  return Object.fromEntries(names.map((name) => [name, port(name)])) as Ports
}
