import type { Addresses } from './settings.ts'

export type CanaryService = 'inventory' | 'order' | 'payment'

/** What everybody is told: the instances but the canary. */
export function withoutCanaries(to: Addresses, canaries: readonly CanaryService[]): Addresses {
  const stable = canaries.map((service) => [service, to[service].split(',').slice(0, -1).join(',')])
  return { ...to, ...Object.fromEntries(stable) }
}

/** What gateways are told besides. */
export function canaryUrls(
  to: Addresses,
  canaries: readonly CanaryService[],
): Record<string, string> {
  const urls = canaries.map((service) => {
    return [`${service.toUpperCase()}_CANARY_URL`, to[service].split(',').at(-1)]
  })
  return Object.fromEntries(urls)
}
