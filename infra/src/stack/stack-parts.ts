import { kafkaPart } from '../parts/kafka.ts'
import { postgresPart } from '../parts/postgres.ts'
import { redisPart } from '../parts/redis.ts'
import { bankPart, type Service, servicePart, services } from '../parts/services.ts'
import type { Part } from '../supervisor/part.ts'
import { makeDatabases } from './databases.ts'
import type { PortName } from './ports.ts'
import { addresses, type External, type Settings } from './settings.ts'

export const servers = ['postgres', 'redis', 'kafka'] as const
export const allParts = [...servers, 'bank', ...services] as const
export type PartName = (typeof allParts)[number]
export type ExtraEnv = Partial<Record<PartName, Record<string, string>>>

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
}

/** The processes of a stack; servers named in the environment are not among them. */
export function stackParts({ stateDir, settings, parts, extraEnv }: Wanted): Part[] {
  const { ports, secrets } = settings
  const to = addresses(settings)
  const make = (name: PartName): Part => {
    switch (name) {
      case 'postgres': {
        const part = postgresPart({ stateDir, port: ports.postgres, password: secrets.postgres })
        return { ...part, afterReady: () => makeDatabases(to, settings) }
      }
      case 'redis':
        return redisPart({ stateDir, port: ports.redis })
      case 'kafka':
        return kafkaPart({ stateDir, port: ports.kafka, controllerPort: ports.kafkaController })
      case 'bank':
        return bankPart({ stateDir, settings, to, extraEnv: extraEnv.bank ?? {} })
      default: {
        const part = servicePart(name, { stateDir, settings, to, extraEnv: extraEnv[name] ?? {} })
        return { ...part, needs: needs[name] }
      }
    }
  }
  return startedParts(parts, settings.external).map(make)
}

export function startedParts(parts: readonly PartName[], external: External): PartName[] {
  const isExternal = (name: PartName) => name in external && external[name as keyof External]
  return parts.filter((name) => !isExternal(name))
}

export function portsOf(parts: PartName[]): PortName[] {
  return parts.flatMap((name) => (name === 'kafka' ? ['kafka', 'kafkaController'] : [name]))
}

export function hasServices(parts: readonly PartName[]): boolean {
  return services.some((name) => parts.includes(name))
}
