import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../checkout.ts'
import { portOf } from '../stack/ports.ts'
import { countOf, instanceNames } from '../stack/scale.ts'
import type { Addresses, Settings } from '../stack/settings.ts'
import type { Part } from '../supervisor/part.ts'
import { httpReady } from './ready.ts'

const stopTimeoutMs = 12_000 // a service drains for up to 10 s
const drainMs = 1_500 // beside others: several looks of the balancer at /readyz
const expireCheckoutAfterSeconds = 60 // a day in production; a minute lets a local run see it

export const services = ['gateway', 'inventory', 'order', 'payment'] as const
export type Service = (typeof services)[number]

type Env = Record<string, string>
type Run = { stateDir: string; settings: Settings; to: Addresses; extraEnv: Env }
type ServiceRun = Run & {
  /** Another checkout's root, to run its release of the service. */
  checkout?: string | undefined
  service: Service
  /** From 0. */
  index: number
  /** Modules that are loaded before the service itself. */
  imports: readonly string[]
  /** A full garbage collection comes as early as V8 has it. */
  collectsEarly?: boolean | undefined
}

export function servicePart(given: ServiceRun): Part {
  const { service, index, imports, collectsEarly, checkout, ...run } = given
  const { ports, scale } = run.settings
  const name = instanceNames(scale, service)[index] ?? service
  const own = { gateway, inventory, order, payment }[service](run)
  const isAlone = countOf(scale, service) === 1 // nobody else could be sent to
  const drain = { DRAIN_MS: String(isAlone ? 0 : drainMs) }
  const env = { INSTANCE: `${service}-${index}`, ...drain, ...own, ...run.extraEnv }
  const part = nodePart({
    name,
    kind: 'service',
    main: join('services', service, 'src/main.ts'),
    cwd: checkout ?? root,
    flags: service === 'gateway' && !collectsEarly ? gatewayFlags : [],
    imports,
    port: portOf(ports, scale, name),
    env,
  })
  return service === 'gateway' ? { ...part, stopRank: 0 } : part
}

/** On the port that buyers know, in front of several gateways; stopped after them. */
export function balancerPart({ settings }: { settings: Settings }): Part {
  const { ports, scale } = settings
  const gateways = instanceNames(scale, 'gateway').map((name) => portOf(ports, scale, name))
  const env = { TARGETS: gateways.map((port) => `http://127.0.0.1:${port}`).join(',') }
  const main = join(root, 'infra/src/balancer/main.ts')
  return nodePart({ name: 'balancer', kind: 'infra', main, port: ports.gateway, env })
}

export function bankPart({ stateDir, settings, extraEnv }: Run): Part {
  const folder = join(stateDir, 'bank')
  const env = { BANK_SECRET: settings.secrets.bank, BANK_JOURNAL: join(folder, 'journal') }
  const main = join(root, 'infra/src/bank/main.ts')
  const port = settings.ports.bank
  const part = nodePart({ name: 'bank', kind: 'infra', main, port, env: { ...env, ...extraEnv } })
  return { ...part, prepare: async () => void mkdirSync(folder, { recursive: true }) }
}

type Program = {
  name: string
  kind: Part['kind']
  main: string
  cwd?: string
  /** For Node, beside those that all have. */
  flags?: readonly string[]
  imports?: readonly string[]
  port: number
  env: Env
}

/**
 * A gateway keeps what it knows of 200,000 buyers: MiB up to which that may grow before all of it is looked
 * at. On a share of a core one such look takes seconds (docs/overload.md).
 */
const gatewayFlags = ['--initial-old-space-size=256']

/** A Node program as every service is run: the same flags, the same environment. */
export function nodePart(program: Program): Part {
  const { name, kind, main, cwd = root, flags = [], imports = [], port, env } = program
  const { PATH, HOME, LOG_LEVEL = 'info' } = process.env
  const common = { PATH, HOME, LOG_LEVEL, HOST: '127.0.0.1', PORT: String(port) }
  const url = `http://127.0.0.1:${port}`
  return {
    name,
    kind,
    url,
    command: process.execPath,
    args: [
      '--max-semi-space-size=32', // MiB: what a request leaves behind dies before it is looked at
      ...flags,
      ...imports.map((module) => `--import=${module}`),
      main,
    ],
    env: { ...common, ...env },
    cwd,
    needs: [],
    stopRank: 1,
    stopSignal: 'SIGTERM',
    stopTimeoutMs,
    ready: () => httpReady(`${url}/readyz`),
  }
}

function gateway({ settings, to }: Run): Env {
  return {
    JWT_SECRET: settings.secrets.jwt,
    ORDER_ID_SECRET: settings.secrets.orderId,
    INVENTORY_URL: to.inventory,
    ORDER_URL: to.order,
    PAYMENT_URL: to.payment,
    ...redis(to),
  }
}

function inventory({ settings, to }: Run): Env {
  return {
    ...kafka(to),
    ...redis(to),
    ERASURE_SECRET: settings.secrets.erasure,
    DATABASE_URL: to.databases.inventory.url,
    ORDER_URL: to.order,
    PAYMENT_URL: to.payment,
  }
}

function order({ to }: Run): Env {
  return { ...kafka(to), DATABASE_URL: to.databases.order.url, INVENTORY_URL: to.inventory }
}

function payment({ settings, to }: Run): Env {
  return {
    ...kafka(to),
    DATABASE_URL: to.databases.payment.url,
    INVENTORY_URL: to.inventory,
    BANK_URL: to.bank,
    BANK_SECRET: settings.secrets.bank,
    CALLBACK_URL: `${to.gateway}/v1/payments/callbacks/bank`,
    EXPIRE_CHECKOUT_AFTER_SECONDS: String(expireCheckoutAfterSeconds),
  }
}

function redis(to: Addresses): Env {
  return { REDIS_URL: to.redis, REDIS_KEY_PREFIX: to.redisKeyPrefix }
}

function kafka(to: Addresses): Env {
  return { KAFKA_BROKERS: to.kafka, TOPIC_PREFIX: to.topicPrefix }
}
