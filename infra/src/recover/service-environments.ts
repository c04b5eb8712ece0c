import { servicePart } from '../parts/services.ts'
import type { Addresses, Settings } from '../stack/settings.ts'
import { type Environments, recovering } from './recover-ledger.ts'

type System = { stateDir: string; settings: Settings; to: Addresses }

/** What the first instance of each service is started with. */
export function serviceEnvironments(system: System): Environments {
  const envOf = (service: (typeof recovering)[number]) =>
    servicePart({ service, index: 0, imports: [], extraEnv: {}, ...system }).env
  const all = recovering.map((service) => [service, envOf(service)])
  return Object.fromEntries(all) as Environments
}
