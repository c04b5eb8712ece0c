import { kafkaPart } from '../parts/kafka.ts'
import { postgresPart } from '../parts/postgres.ts'
import { archiveSettings } from '../parts/postgres-archive.ts'
import { postgresPlace } from '../parts/postgres-place.ts'
import { postgresStandbyPart, type StandbyMode } from '../parts/postgres-standby.ts'
import { redisPart } from '../parts/redis.ts'
import { isFollowing } from '../parts/redis-role.ts'
import { balancerPart, bankPart, type Service, servicePart, services } from '../parts/services.ts'
import { spansUrl, zipkinPart } from '../parts/zipkin.ts'
import type { Part } from '../supervisor/part.ts'
import { waitUntil } from '../wait-until.ts'
import { type CanaryService, canaryUrls, withoutCanaries } from './canaries.ts'
import { makeDatabases } from './databases.ts'
import type { PortName, Ports } from './ports.ts'
import { instanceNames, type Scale } from './scale.ts'
import { type Addresses, addresses, type External, type Settings } from './settings.ts'

export const servers = ['postgres', 'redis', 'kafka'] as const
export const allParts = [...servers, 'bank', ...services] as const
/** All, and a back end for traces, which is started only where it is named. */
export type PartName = (typeof allParts)[number] | 'zipkin'
/** By part, for all its instances, or by instance. */
export type ExtraEnv = Partial<Record<PartName | `${Service}-${number}`, Record<string, string>>>

const replicaSyncTimeoutMs = 60_000

const needs: Record<Service, PartName[]> = {
  gateway: [],
  inventory: ['postgres', 'redis', 'kafka'],
  order: ['postgres', 'kafka'],
  payment: ['postgres', 'kafka', 'bank'],
}

export type Wanted = {
  stateDir: string
  settings: Settings
  parts: readonly PartName[]
  extraEnv: ExtraEnv
  /** What the services connect to: the servers themselves, or proxies in front of them. */
  serviceTo: Addresses
  /** A second Redis that copies the first, over a line of its own. */
  redisReplica: boolean
  /** A second Postgres that streams from the first. */
  standby: StandbyMode | undefined
  /** Postgres keeps its WAL, so that it can be set back to any moment since a backup. */
  archived: boolean
  nodeImports: readonly string[]
  /** A full garbage collection comes as early as V8 has it: what is left after it is looked at. */
  collectsEarly: boolean
  /** The root of an older checkout, whose release the services are of. */
  older?: string | undefined
  /** Roots of other checkouts, by instance. */
  checkouts: Partial<Record<string, string>>
  /** Of each of these the last instance is a canary, which gateways alone know. */
  canaries: readonly CanaryService[]
}

/** The processes of a stack; servers named in the environment are not among them. */
export function stackParts(wanted: Wanted): Part[] {
  const { stateDir, settings, parts, redisReplica, standby } = wanted
  const { ports, scale } = settings
  const to = addresses(settings)
  const make = (name: PartName): Part[] => {
    switch (name) {
      case 'postgres': {
        const own = primaryPart(wanted)
        const part = { ...own, afterReady: () => makeDatabases(to, settings) }
        return standby ? [part, standbyPart(stateDir, settings, standby)] : [part]
      }
      case 'redis': {
        const redis = redisPart({ stateDir, port: ports.redis })
        return redisReplica ? [redis, replicaPart(stateDir, ports)] : [redis]
      }
      case 'kafka':
        return brokerParts(stateDir, ports, scale)
      case 'bank':
        return [bankPart({ stateDir, settings, to, extraEnv: wanted.extraEnv.bank ?? {} })]
      case 'zipkin':
        return [zipkinPart({ port: ports.zipkin })]
      default:
        return serviceParts(name, wanted)
    }
  }
  return startedParts(parts, settings.external).flatMap(make)
}

function serviceParts(service: Service, wanted: Wanted): Part[] {
  const { stateDir, settings, extraEnv, nodeImports: imports, collectsEarly } = wanted
  const to = withoutCanaries(wanted.serviceTo, wanted.canaries)
  const canaries = service === 'gateway' ? canaryUrls(wanted.serviceTo, wanted.canaries) : {}
  const safe = wanted.standby === 'synchronous' ? { POSTGRES_STANDBY: 'synchronous' } : {}
  const traces = tracesOf(wanted)
  const parts = instanceNames(settings.scale, service).map((name, index) => {
    const env = {
      ...safe,
      ...traces,
      ...canaries,
      ...extraEnv[service],
      ...extraEnv[name as keyof ExtraEnv],
    }
    const run = { service, index, stateDir, settings, to, imports, collectsEarly, extraEnv: env }
    const part = servicePart({ ...run, checkout: wanted.checkouts[name] ?? wanted.older })
    const waitsFor = needs[service].flatMap((need) => instanceNames(settings.scale, need))
    const isSafe = wanted.standby && waitsFor.includes('postgres') ? ['postgres-standby'] : []
    return { ...part, needs: [...waitsFor, ...isSafe] }
  })
  return parts.length > 1 && service === 'gateway' ? [...parts, balancerPart({ settings })] : parts
}

/** With a back end at hand every order is worth a trace. */
function tracesOf({ parts, settings }: Wanted): Record<string, string> {
  if (!parts.includes('zipkin')) return {}
  return { TRACES_URL: spansUrl(settings.ports.zipkin), TRACES_SAMPLE_RATIO: '1' }
}

function brokerParts(stateDir: string, ports: Ports, scale: Scale): Part[] {
  const cluster = instanceNames(scale, 'kafka').map((name) => ({
    port: ports[name as PortName],
    controllerPort: ports[name.replace('kafka', 'kafkaController') as PortName],
  }))
  return cluster.map((_, index) => kafkaPart({ stateDir, index, cluster }))
}

function primaryPart({ stateDir, settings, archived }: Wanted): Part {
  const common = { stateDir, port: settings.ports.postgres, password: settings.secrets.postgres }
  if (!archived) return postgresPart(common)
  return postgresPart({ ...common, settings: archiveSettings(postgresPlace(stateDir)) })
}

function standbyPart(stateDir: string, { ports, secrets }: Settings, mode: StandbyMode): Part {
  return postgresStandbyPart({
    stateDir,
    mode,
    port: ports.postgresStandby,
    password: secrets.postgres,
    primaryPort: ports.postgres,
    // Every commit waits for a synchronous one: its line is not slowed by a proxy that nobody needs.
    upstreamPort: mode === 'asynchronous' ? ports.standbyProxy : ports.postgres,
    replicationPassword: secrets.replication,
  })
}

function replicaPart(stateDir: string, ports: Ports): Part {
  const [port, copies] = [ports.redisReplica, ports.replicationProxy]
  return {
    ...redisPart({ stateDir, name: 'redis-replica', port, copies }),
    needs: ['redis'],
    afterReady: () => waitUntil('a whole copy', () => isFollowing(port), replicaSyncTimeoutMs),
  }
}

export function startedParts(parts: readonly PartName[], external: External): PartName[] {
  const isExternal = (name: PartName) => name in external && external[name as keyof External]
  return parts.filter((name) => !isExternal(name))
}

/** Those that the processes of these parts listen on. */
export function portsOf(parts: PartName[], scale: Scale = {}): PortName[] {
  return parts.flatMap((part) => {
    const names = instanceNames(scale, part) as PortName[]
    if (part === 'gateway' && names.length > 1) return [...names, 'gateway-1']
    if (part !== 'kafka') return names
    const controllers = names.map((name) => name.replace('kafka', 'kafkaController') as PortName)
    return [...names, ...controllers]
  })
}

export function hasServices(parts: readonly PartName[]): boolean {
  return services.some((name) => parts.includes(name))
}
