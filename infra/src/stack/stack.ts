import { removePostgresData } from '../parts/postgres-files.ts'
import type { StandbyMode } from '../parts/postgres-standby.ts'
import { PlainError } from '../plain-error.ts'
import type { TcpProxy } from '../proxy/proxy.ts'
import { claim, release, removeOrphans } from '../supervisor/owner.ts'
import type { PartStatus } from '../supervisor/part.ts'
import { type Supervisor, supervise } from '../supervisor/supervise.ts'
import { assertCanScale } from './can-scale.ts'
import type { CanaryService } from './canaries.ts'
import { makeDatabases } from './databases.ts'
import { type PartControl, partControl } from './part-control.ts'
import { assertFree, freePorts, portsFrom } from './ports.ts'
import { type PostgresBackups, postgresBackups } from './postgres-backups.ts'
import { type PostgresPair, postgresPair } from './postgres-pair.ts'
import { assertOwn, type ProxyName, startProxies, throughProxies } from './proxies.ts'
import { type RedisPair, redisPair } from './redis-pair.ts'
import type { Scale } from './scale.ts'
import { assertSupported } from './server-versions.ts'
import {
  type Addresses,
  addresses,
  type External,
  externalServers,
  makeSettings,
  type Settings,
} from './settings.ts'
import {
  allParts,
  type ExtraEnv,
  hasServices,
  type PartName,
  portsOf,
  stackParts,
  startedParts,
} from './stack-parts.ts'
import { stopOnSignals } from './stop-on-signals.ts'
import { whyNotReady } from './why-not-ready.ts'
import { wipeState, wipeTraces } from './wipe.ts'

const readyTimeoutMs = 120_000

export type StackOptions = {
  /** Belongs to this stack alone; made when missing. */
  stateDir: string
  /** All parts when missing. */
  parts?: readonly PartName[]
  /** A port base; free ports anywhere when missing. */
  portBase?: number
  /** Empty the state folder first. */
  fresh?: boolean
  /** Servers to use instead of our own; those of the environment when missing. */
  external?: External
  /** More environment for single parts. */
  env?: ExtraEnv
  /** Several instances of some parts; one where nothing is said. */
  scale?: Scale
  /** The services reach these through a proxy, which `proxy` gives. */
  proxied?: readonly ('redis' | 'postgres' | 'bank')[]
  /** A second Redis that copies the first; `proxy('replication')` is the line between them. */
  redisReplica?: boolean
  /** A second Postgres that streams from the first, which is reached through a proxy then. */
  standby?: StandbyMode
  /** Postgres keeps its WAL: with a backup it can be set back to any moment since. */
  archived?: boolean
  /** The root of an older checkout, whose release the services begin with. */
  older?: string | undefined
  /** Roots of other checkouts, by instance, whose release it is of. */
  checkouts?: Partial<Record<string, string>>
  /** Of each of these, two instances or more, the last is a canary, which gateways alone know. */
  canaries?: readonly CanaryService[]
  /** Modules that every service loads before its own. */
  nodeImports?: readonly string[]
  /** A full garbage collection comes as early as V8 has it: for who looks at what is left after it. */
  collectsEarly?: boolean
}

export type Stack = PartControl &
  PostgresPair &
  PostgresBackups &
  RedisPair & {
    stateDir: string
    settings: Settings
    /** Of the servers themselves, past the proxies; changed in place when a standby takes over. */
    addresses: Addresses
    status(): PartStatus[]
    proxy(name: ProxyName): TcpProxy
    /** Resolves when every part was ready once, else fails and says which is not, and why. */
    ready(): Promise<void>
    /** Stops everything, in order; `wipe` also removes all that the stack wrote, anywhere. */
    stop(options?: { wipe?: boolean }): Promise<void>
  }

/** Brings a stack up in this process: ready on return, stopped on SIGINT and SIGTERM. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const stack = await openStack(options)
  const leaveSignals = stopOnSignals(async () => {
    await stack.stop()
    if (options.fresh) removePostgresData(options.stateDir) // the next run starts empty anyway
  })
  const stop: Stack['stop'] = async (how) => {
    await stack.stop(how)
    leaveSignals()
  }
  try {
    await stack.ready()
  } catch (error) {
    await stop()
    throw error
  }
  return { ...stack, stop }
}

/** The same without waiting, and without a hand on this process' signals. */
export async function openStack(options: StackOptions): Promise<Stack> {
  const { stateDir } = options
  if (!claim(stateDir)) throw new PlainError(`another process runs the system in ${stateDir}`)
  try {
    await removeOrphans(stateDir)
    if (options.fresh) wipeState(stateDir)
    return await open(options)
  } catch (error) {
    release(stateDir)
    throw error
  }
}

async function open(options: StackOptions): Promise<Stack> {
  const { stateDir, portBase, parts = allParts, env = {}, scale = {} } = options
  const { redisReplica = false, standby, archived = false, nodeImports = [], older } = options
  const { checkouts = {}, canaries = [], collectsEarly = false } = options
  const proxyNames = proxiesOf(options)
  const external = options.external ?? externalServers(process.env)
  assertCanScale(stateDir, scale, external)
  assertOwn(proxyNames, external)
  await assertSupported(external)
  const ports = portBase ? portsFrom(portBase) : await freePorts()
  await assertFree(ports, portsOf(startedParts(parts, external), scale))
  const settings = makeSettings(stateDir, ports, external, scale)
  const to = addresses(settings)
  if (external.postgres && hasServices(parts)) await makeDatabases(to, settings)
  const proxies = await startProxies(proxyNames, ports)
  const serviceTo = throughProxies(to, proxyNames, ports)
  const which = { stateDir, settings, parts, extraEnv: env, serviceTo, redisReplica, standby }
  const code = { nodeImports, collectsEarly, older, checkouts, canaries }
  const supervisor = supervise(stateDir, stackParts({ ...which, archived, ...code }))

  async function stop({ wipe = false } = {}): Promise<void> {
    await supervisor.stop()
    for (const proxy of proxies.values()) await proxy.close()
    if (wipe) {
      await wipeTraces(settings)
      wipeState(stateDir)
    }
    release(stateDir)
  }
  return {
    stateDir,
    settings,
    addresses: to,
    status: supervisor.status,
    ...partControl(supervisor),
    ...postgresPair({ stateDir, settings, to, supervisor, proxies }),
    ...postgresBackups({ stateDir, to, supervisor }),
    ...redisPair(ports, proxies),
    proxy: (name) => {
      const proxy = proxies.get(name)
      if (proxy) return proxy
      throw new PlainError(`the stack was started without a proxy in front of ${name}`)
    },
    ready: () => whenReady(stateDir, supervisor),
    stop,
  }
}

function proxiesOf({ proxied = [], redisReplica, standby }: StackOptions): ProxyName[] {
  const names = new Set<ProxyName>(proxied)
  if (redisReplica) names.add('replication')
  if (standby) names.add('postgres') // where the services find whoever is primary
  if (standby === 'asynchronous') names.add('standby')
  return [...names]
}

async function whenReady(stateDir: string, supervisor: Supervisor): Promise<void> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error('not in time')), readyTimeoutMs)
  try {
    await Promise.race([supervisor.ready, late.promise])
  } catch (error) {
    throw new PlainError(whyNotReady(stateDir, supervisor.status(), error))
  } finally {
    clearTimeout(timer)
  }
}
