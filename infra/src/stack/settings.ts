import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { superuserUrl } from '../parts/postgres.ts'
import { PlainError } from '../plain-error.ts'
import { type Ports, portOf } from './ports.ts'
import { instanceNames, type Scale } from './scale.ts'

/** Servers named in the environment, used instead of starting our own. */
export type External = {
  postgres?: string | undefined
  redis?: string | undefined
  kafka?: string | undefined
}

export const databases = ['inventory', 'order', 'payment'] as const
export type Database = (typeof databases)[number]

const own = ['jwt', 'orderId', 'erasure', 'bank', 'postgres', 'replication'] as const
const secretNames = [...own, ...databases] as const
type Secrets = Record<(typeof secretNames)[number], string>

/** All that a state folder remembers of its stack. */
export type Settings = {
  ports: Ports
  external: External
  scale: Scale
  runName: string
  secrets: Secrets
}

export function externalServers(env: NodeJS.ProcessEnv): External {
  const { POSTGRES_URL, REDIS_URL, KAFKA_BROKERS } = env
  return {
    postgres: POSTGRES_URL || undefined,
    redis: REDIS_URL || undefined,
    kafka: KAFKA_BROKERS || undefined,
  }
}

/** Secrets and the run's name are made once for a state folder, and kept. */
export function makeSettings(
  stateDir: string,
  ports: Ports,
  external: External,
  scale: Scale = {},
): Settings {
  const known = readSettings(stateDir)
  const runName = known?.runName ?? `fs${randomBytes(4).toString('hex')}`
  const secrets = { ...newSecrets(), ...known?.secrets }
  const settings = { ports, external, scale, runName, secrets }
  mkdirSync(stateDir, { recursive: true })
  const file = settingsFile(stateDir)
  writeFileSync(`${file}.new`, JSON.stringify(settings, null, 2), { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return settings
}

export function readSettings(stateDir: string): Settings | undefined {
  try {
    return { scale: {}, ...JSON.parse(readFileSync(settingsFile(stateDir), 'utf8')) }
  } catch {
    return undefined
  }
}

function newSecrets(): Secrets {
  const secrets = secretNames.map((name) => [name, randomBytes(32).toString('hex')])
  return Object.fromEntries(secrets)
}

function settingsFile(stateDir: string): string {
  return join(stateDir, 'settings.json')
}

/** Where everything of a stack is; of several instances, all in one list divided by commas. */
export type Addresses = {
  gateway: string
  inventory: string
  order: string
  payment: string
  bank: string
  postgres: string
  redis: string
  kafka: string
  redisKeyPrefix: string
  topicPrefix: string
  databases: Record<Database, { name: string; url: string }>
}

/** Servers that others use too get the run's name in front of our databases, keys and topics. */
export function addresses({ ports, external, scale, runName, secrets }: Settings): Addresses {
  const http = (port: number) => `http://127.0.0.1:${port}`
  const list = (service: string) => {
    return instanceNames(scale, service).map((name) => http(portOf(ports, scale, name)))
  }
  const brokers = instanceNames(scale, 'kafka').map((name) => {
    return `127.0.0.1:${portOf(ports, scale, name)}`
  })
  const postgres = external.postgres ?? superuserUrl(ports.postgres, secrets.postgres)
  const database = (database: Database) => {
    const name = external.postgres ? `${runName}_${database}` : database
    return { name, url: databaseUrl(postgres, name, secrets[database]) }
  }
  return {
    gateway: http(ports.gateway),
    inventory: list('inventory').join(','),
    order: list('order').join(','),
    payment: list('payment').join(','),
    bank: http(ports.bank),
    postgres,
    redis: external.redis ?? `redis://127.0.0.1:${ports.redis}`,
    kafka: external.kafka ?? brokers.join(','),
    redisKeyPrefix: external.redis ? `${runName}:` : '',
    topicPrefix: external.kafka ? `${runName}.` : '',
    databases: {
      inventory: database('inventory'),
      order: database('order'),
      payment: database('payment'),
    },
  }
}

function databaseUrl(server: string, name: string, password: string): string {
  if (!URL.canParse(server)) throw new PlainError('POSTGRES_URL is not a URL')
  const url = new URL(server)
  url.username = name
  url.password = password
  url.pathname = `/${name}`
  return url.href
}
