import { splitServices } from '@flashsale/contracts/http/canary.ts'
import {
  limitNames,
  type RuntimeDocument,
  switchNames,
} from '@flashsale/contracts/http/runtime-config.ts'
import type { JsonValue } from '@openfeature/server-sdk'

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** Every flag by its name; undefined where nobody has set it, and the process' own setting holds. */
export function flagsOf({ switches, limits, canary }: RuntimeDocument) {
  const flags = new Map<string, JsonValue | undefined>()
  for (const name of switchNames) flags.set(kebab(name), switches[name])
  for (const name of limitNames) {
    const limit = limits[name]
    flags.set(`limit-${name}`, limit === 'unlimited' ? { unlimited: true } : limit)
    const bucket = typeof limit === 'object' ? limit : undefined
    flags.set(`limit-${name}-burst`, bucket?.burst)
    flags.set(`limit-${name}-per-second`, bucket?.perSecond)
  }
  for (const service of splitServices) {
    flags.set(`canary-${service}-weight-percent`, canary[service]?.weightPercent ?? 0)
  }
  return flags
}
