import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createSigner } from 'fast-jwt'
import { testTopicPrefix } from './bus.ts'
import { testDatabase } from './db.ts'
import { freePort, type TestProcess, testProcess } from './process.ts'
import { randomName } from './random.ts'
import { removeKeys } from './redis.ts'
import { servers } from './servers.ts'
import {
  type ByName,
  byName,
  common,
  type Env,
  names,
  type ServiceName,
  serviceEnv,
} from './system-env.ts'

export type { ServiceName } from './system-env.ts'

/** Of a service that runs twice, the first has the service's plain name. */
export type ProcessName = ServiceName | `${ServiceName}-2` | 'balancer'

const TOKEN_LIVES_MS = 3_600_000
const LOG_TAIL = 40
const BALANCER = 'infra/src/balancer/main.ts'

export type SystemOptions = {
  /** On top of what each service gets anyway. */
  env?: Partial<ByName<Env>>
  /** Started at once; the others when the test calls `start`. */
  services?: readonly ServiceName[]
  /** Of these a second instance is started beside the first, such as `order-2`; of gateways behind a balancer. */
  twice?: readonly ServiceName[]
  /** Of these the second instance is a canary, with this on top of its environment: gateways alone know it. */
  canaries?: Partial<Record<CanaryName, Env>>
  /** Where the services reach Postgres, when that is not where the test does. */
  postgresPort?: number
  /** Modules that a service loads before its own. */
  nodeImports?: Partial<ByName<string[]>>
}
export type System = Awaited<ReturnType<typeof startSystem>>

/** The whole system as real processes, with databases, keys and topics of its own. */
export async function startSystem(
  t: TestContext,
  { env = {}, services = names, twice: wanted = [], canaries = {}, ...rest }: SystemOptions = {},
) {
  const { postgresPort, nodeImports = {} } = rest
  const twice = [...wanted, ...canaryNames.filter((name) => canaries[name])]
  const processes: Partial<Record<ProcessName, TestProcess>> = {}
  t.after(() => endAll(t, processes)) // these run in order: all else goes after the processes
  const stores = await ownStores(t)
  const { dbUrls, topicPrefix, redisPrefix } = stores
  const ports = await freePorts([...names, ...twice.map(second), 'balancer'])
  const urlOf = (name: ProcessName) => `http://127.0.0.1:${ports[name]}`
  const urls = byName(urlOf)
  const lists = byName((name) => (wanted.includes(name) ? [name, second(name)] : [name]).map(urlOf))
  const door = urlOf(twice.includes('gateway') ? 'balancer' : 'gateway')
  const basic = serviceEnv({ urls, lists, door, postgresPort, ...stores })
  const known = canaryUrls(canaries, (name) => urlOf(second(name)))
  const full = byName((name) => ({
    ...common(ports[name]),
    ...basic[name],
    ...(name === 'gateway' && known),
    ...env[name],
  }))
  const all = processes as Record<ProcessName, TestProcess>
  for (const name of names) {
    const add = (process: ProcessName, more: Env = {}) => {
      const [env, url] = [{ ...full[name], ...more }, urlOf(process)]
      all[process] = testProcess(process, fileOf(name), env, url, nodeImports[name])
    }
    add(name)
    const other = second(name)
    const own = { PORT: String(ports[other]), INSTANCE: `${name}-1` }
    if (twice.includes(name)) add(other, { ...own, ...canaries[name as CanaryName] })
  }
  const balancerEnv = { ...common(ports.balancer), TARGETS: lists.gateway.join(',') }
  all.balancer = testProcess('balancer', BALANCER, balancerEnv, door)
  const together = services.flatMap((name) =>
    twice.includes(name) ? [name, second(name)] : [name],
  )
  await Promise.all(together.map((name) => all[name].start()))
  if (together.includes('gateway-2')) await all.balancer.start()

  const sign = createSigner({ key: full.gateway.JWT_SECRET ?? '', expiresIn: TOKEN_LIVES_MS })
  return {
    url: door,
    bankUrl: urls.bank,
    urls,
    /** Of all instances. */
    lists,
    urlOf,
    dbUrls,
    topicPrefix,
    redisPrefix,
    /** Of each process. */
    env: full,
    token: (user: string, role?: 'buyer' | 'admin') =>
      sign({ sub: user, ...(role ? { role } : {}) }),
    /** SIGKILL: nothing of it runs any more when this resolves. Its pid was the one given. */
    kill: async (name: ProcessName) => (await all[name].end('SIGKILL')).pid,
    /** SIGSTOP: it stands still in the middle of its work, until it is killed. */
    freeze: (name: ProcessName) => all[name].freeze(),
    /** SIGTERM; the exit code, null when it had to be killed. */
    stop: async (name: ProcessName) => (await all[name].end('SIGTERM')).exitCode,
    start: (name: ProcessName) => all[name].start(),
    logs: (name: ProcessName) => all[name].lines,
    pid: (name: ProcessName) => all[name].pid(),
  }
}

/** Databases, names and a folder that no other test has; all gone after it. */
async function ownStores(t: TestContext) {
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
  return { dbUrls, topicPrefix, redisPrefix, folder }
}

const canaryNames = ['inventory', 'order', 'payment'] as const
type CanaryName = (typeof canaryNames)[number]

function canaryUrls(canaries: SystemOptions['canaries'], urlOf: (name: CanaryName) => string): Env {
  const known = canaryNames.filter((name) => canaries?.[name])
  return Object.fromEntries(known.map((name) => [`${name.toUpperCase()}_CANARY_URL`, urlOf(name)]))
}

const fileOf = (name: ServiceName) =>
  name === 'bank' ? 'infra/src/bank/main.ts' : `services/${name}/src/main.ts`

const second = (name: ServiceName) => `${name}-2` as const

async function freePorts(of: ProcessName[]): Promise<Record<ProcessName, number>> {
  const entries = of.map(async (name) => [name, await freePort()] as const)
  const ports = Object.fromEntries(await Promise.all(entries)) as Record<ProcessName, number>
  return new Set(Object.values(ports)).size === of.length ? ports : freePorts(of)
}

async function endAll(t: TestContext, processes: Partial<Record<ProcessName, TestProcess>>) {
  for (const [name, { lines, started, end }] of Object.entries(processes)) {
    if (!started()) continue
    await end('SIGKILL')
    const { passed } = t as { passed?: boolean } // not in the types of Node yet
    if (!passed) t.diagnostic(`${name}:\n${lines.slice(-LOG_TAIL).join('\n')}`)
  }
}
