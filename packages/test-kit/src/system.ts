import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createSigner } from 'fast-jwt'
import { testTopicPrefix } from './bus.ts'
import { testDatabase } from './db.ts'
import { freePort, type TestProcess, testProcess } from './process.ts'
import { randomName, randomSecret } from './random.ts'
import { removeKeys } from './redis.ts'
import { servers } from './servers.ts'

const names = ['bank', 'inventory', 'order', 'payment', 'gateway'] as const
export type ServiceName = (typeof names)[number]
type Env = Record<string, string>
type ByName<T> = Record<ServiceName, T>

const PARTITIONS = '2'
const TOKEN_LIVES_MS = 3_600_000
const LOG_TAIL = 40

export type SystemOptions = {
  /** On top of what each service gets anyway. */
  env?: Partial<ByName<Env>>
  /** Started at once; the others when the test calls `start`. */
  services?: readonly ServiceName[]
}
export type System = Awaited<ReturnType<typeof startSystem>>

/** The whole system as real processes, with databases, keys and topics of its own. */
export async function startSystem(
  t: TestContext,
  { env = {}, services = names }: SystemOptions = {},
) {
  const processes: Partial<ByName<TestProcess>> = {}
  t.after(() => endAll(t, processes)) // these run in order: all else goes after the processes
  const topicPrefix = testTopicPrefix(t)
  const redisPrefix = `${randomName()}:`
  t.after(() => removeKeys(servers.redisUrl(), redisPrefix))
  const [inventoryDb, orderDb, paymentDb] = await Promise.all([
    testDatabase(t, { name: 'inventory' }),
    testDatabase(t, { name: 'order' }),
    testDatabase(t, { name: 'payment' }),
  ])
  const dbUrls = { inventory: inventoryDb, order: orderDb, payment: paymentDb }
  const folder = await mkdtemp(join(tmpdir(), 'flashsale-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))

  const ports = await freePorts()
  const urls = byName((name) => `http://127.0.0.1:${ports[name]}`)
  const settings = { urls, dbUrls, topicPrefix, redisPrefix, folder }
  const basic = serviceEnv(settings)
  const full = byName((name) => ({ ...common(ports[name]), ...basic[name], ...env[name] }))
  const all = byName((name) => testProcess(name, fileOf(name), full[name], urls[name]))
  Object.assign(processes, all)
  await Promise.all(services.map((name) => all[name].start()))

  const sign = createSigner({ key: full.gateway.JWT_SECRET ?? '', expiresIn: TOKEN_LIVES_MS })
  return {
    url: urls.gateway,
    bankUrl: urls.bank,
    urls,
    dbUrls,
    topicPrefix,
    redisPrefix,
    /** Of each process. */
    env: full,
    token: (user: string, role?: 'buyer' | 'admin') =>
      sign({ sub: user, ...(role ? { role } : {}) }),
    /** SIGKILL: nothing of it runs any more when this resolves. Its pid was the one given. */
    kill: async (name: ServiceName) => (await all[name].end('SIGKILL')).pid,
    /** SIGSTOP: it stands still in the middle of its work, until it is killed. */
    freeze: (name: ServiceName) => all[name].freeze(),
    /** SIGTERM; the exit code, null when it had to be killed. */
    stop: async (name: ServiceName) => (await all[name].end('SIGTERM')).exitCode,
    start: (name: ServiceName) => all[name].start(),
    logs: (name: ServiceName) => all[name].lines,
  }
}

const fileOf = (name: ServiceName) =>
  name === 'bank' ? 'infra/src/bank/main.ts' : `services/${name}/src/main.ts`

function byName<T>(make: (name: ServiceName) => T): ByName<T> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as ByName<T>
}

async function freePorts(): Promise<ByName<number>> {
  const entries = names.map(async (name) => [name, await freePort()] as const)
  const ports = Object.fromEntries(await Promise.all(entries)) as ByName<number>
  return new Set(Object.values(ports)).size === names.length ? ports : freePorts()
}

function common(port: number): Env {
  const { PATH = '', HOME = '' } = process.env
  return { PATH, HOME, HOST: '127.0.0.1', PORT: String(port), LOG_LEVEL: 'info' }
}

type Settings = {
  urls: ByName<string>
  dbUrls: { inventory: string; order: string; payment: string }
  topicPrefix: string
  redisPrefix: string
  folder: string
}

function serviceEnv({ urls, dbUrls, topicPrefix, redisPrefix, folder }: Settings): ByName<Env> {
  const kafka = {
    KAFKA_BROKERS: servers.kafkaBrokers().join(','),
    TOPIC_PREFIX: topicPrefix,
    KAFKA_PARTITIONS: PARTITIONS,
  }
  const bankSecret = randomSecret()
  return {
    gateway: {
      JWT_SECRET: randomSecret(),
      ORDER_ID_SECRET: randomSecret(),
      INVENTORY_URL: urls.inventory,
      ORDER_URL: urls.order,
      PAYMENT_URL: urls.payment,
    },
    inventory: {
      ...kafka,
      DATABASE_URL: dbUrls.inventory,
      REDIS_URL: servers.redisUrl(),
      REDIS_KEY_PREFIX: redisPrefix,
      ORDER_URL: urls.order,
      PAYMENT_URL: urls.payment,
    },
    order: { ...kafka, DATABASE_URL: dbUrls.order, INVENTORY_URL: urls.inventory },
    payment: {
      ...kafka,
      DATABASE_URL: dbUrls.payment,
      BANK_URL: urls.bank,
      BANK_SECRET: bankSecret,
      CALLBACK_URL: `${urls.gateway}/v1/payments/callbacks/bank`,
    },
    bank: { BANK_SECRET: bankSecret, BANK_JOURNAL: join(folder, 'bank-journal.jsonl') },
  }
}

async function endAll(t: TestContext, processes: Partial<ByName<TestProcess>>) {
  for (const [name, { lines, started, end }] of Object.entries(processes)) {
    if (!started()) continue
    await end('SIGKILL')
    const { passed } = t as { passed?: boolean } // not in the types of Node yet
    if (!passed) t.diagnostic(`${name}:\n${lines.slice(-LOG_TAIL).join('\n')}`)
  }
}
