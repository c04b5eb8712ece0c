import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../checkout.ts'
import type { Addresses, Settings } from '../stack/settings.ts'
import type { Part } from '../supervisor/part.ts'
import { httpReady } from './ready.ts'

const stopTimeoutMs = 12_000 // a service drains for up to 10 s
const expireCheckoutAfterSeconds = 60 // a day in production; a minute lets a local run see it

export const services = ['gateway', 'inventory', 'order', 'payment'] as const
export type Service = (typeof services)[number]

type Env = Record<string, string>
type Run = { stateDir: string; settings: Settings; to: Addresses; extraEnv: Env }

export function servicePart(name: Service, run: Run): Part {
  const main = join(root, 'services', name, 'src/main.ts')
  const own = { gateway, inventory, order, payment }[name](run)
  const port = run.settings.ports[name]
  return nodePart({ name, kind: 'service', main, port, env: { ...own, ...run.extraEnv } })
}

export function bankPart({ stateDir, settings, extraEnv }: Run): Part {
  const folder = join(stateDir, 'bank')
  const env = { BANK_SECRET: settings.secrets.bank, BANK_JOURNAL: join(folder, 'journal') }
  const main = join(root, 'infra/src/bank/main.ts')
  const port = settings.ports.bank
  const part = nodePart({ name: 'bank', kind: 'infra', main, port, env: { ...env, ...extraEnv } })
  return { ...part, prepare: async () => void mkdirSync(folder, { recursive: true }) }
}

type Program = { name: string; kind: Part['kind']; main: string; port: number; env: Env }

function nodePart({ name, kind, main, port, env }: Program): Part {
  const { PATH, HOME, LOG_LEVEL = 'info' } = process.env
  const common = { PATH, HOME, LOG_LEVEL, HOST: '127.0.0.1', PORT: String(port) }
  const url = `http://127.0.0.1:${port}`
  return {
    name,
    kind,
    url,
    command: process.execPath,
    args: ['--disable-warning=TimeoutNegativeWarning', main],
    env: { ...common, INSTANCE: `${name}-0`, ...env },
    cwd: root,
    needs: [],
    stopRank: name === 'gateway' ? 0 : 1,
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
  }
}

function inventory({ to }: Run): Env {
  return {
    ...kafka(to),
    DATABASE_URL: to.databases.inventory.url,
    REDIS_URL: to.redis,
    REDIS_KEY_PREFIX: to.redisKeyPrefix,
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
    BANK_URL: to.bank,
    BANK_SECRET: settings.secrets.bank,
    CALLBACK_URL: `${to.gateway}/v1/payments/callbacks/bank`,
    EXPIRE_CHECKOUT_AFTER_SECONDS: String(expireCheckoutAfterSeconds),
  }
}

function kafka(to: Addresses): Env {
  return { KAFKA_BROKERS: to.kafka, TOPIC_PREFIX: to.topicPrefix }
}
