import { join } from 'node:path'
import { randomSecret } from './random.ts'
import { servers } from './servers.ts'

export const names = ['bank', 'inventory', 'order', 'payment', 'gateway'] as const
export type ServiceName = (typeof names)[number]
export type Env = Record<string, string>
export type ByName<T> = Record<ServiceName, T>

const PARTITIONS = '2'

export function byName<T>(make: (name: ServiceName) => T): ByName<T> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as ByName<T>
}

/** What any process of the system gets. */
export function common(port: number): Env {
  const { PATH = '', HOME = '' } = process.env
  return { PATH, HOME, HOST: '127.0.0.1', PORT: String(port), DRAIN_MS: '0', LOG_LEVEL: 'info' }
}

export type Settings = {
  urls: ByName<string>
  lists: ByName<string[]> // of all instances
  door: string // what buyers know: the gateway, or the balancer in front of two
  dbUrls: { inventory: string; order: string; payment: string }
  postgresPort: number | undefined
  topicPrefix: string
  redisPrefix: string
  folder: string
}

/** What each service gets, wherever it runs. */
export function serviceEnv(settings: Settings): ByName<Env> {
  const { urls, lists, door, dbUrls, postgresPort, topicPrefix, redisPrefix, folder } = settings
  const seen = (url: string) => throughPort(url, postgresPort)
  const kafka = {
    KAFKA_BROKERS: servers.kafkaBrokers().join(','),
    TOPIC_PREFIX: topicPrefix,
    KAFKA_PARTITIONS: PARTITIONS,
  }
  const redis = { REDIS_URL: servers.redisUrl(), REDIS_KEY_PREFIX: redisPrefix }
  const bankSecret = randomSecret()
  return {
    gateway: {
      JWT_SECRET: randomSecret(),
      ORDER_ID_SECRET: randomSecret(),
      INVENTORY_URL: lists.inventory.join(','),
      ORDER_URL: lists.order.join(','),
      PAYMENT_URL: lists.payment.join(','),
      ...redis,
    },
    inventory: {
      ...kafka,
      ...redis,
      DATABASE_URL: seen(dbUrls.inventory),
      ERASURE_SECRET: randomSecret(),
      ORDER_URL: lists.order.join(','),
      PAYMENT_URL: lists.payment.join(','),
    },
    order: { ...kafka, DATABASE_URL: seen(dbUrls.order), INVENTORY_URL: lists.inventory.join(',') },
    payment: {
      ...kafka,
      DATABASE_URL: seen(dbUrls.payment),
      INVENTORY_URL: lists.inventory.join(','),
      BANK_URL: urls.bank,
      BANK_SECRET: bankSecret,
      CALLBACK_URL: `${door}/v1/payments/callbacks/bank`,
    },
    bank: { BANK_SECRET: bankSecret, BANK_JOURNAL: join(folder, 'bank-journal.jsonl') },
  }
}

function throughPort(url: string, port: number | undefined): string {
  const there = new URL(url)
  if (port !== undefined) there.port = String(port)
  return there.href
}
