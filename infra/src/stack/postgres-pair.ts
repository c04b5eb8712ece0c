import { superuserUrl } from '../parts/postgres.ts'
import { makeStandbyPrimary, postgresPlace } from '../parts/postgres-place.ts'
import { canWrite, promote } from '../parts/postgres-standby.ts'
import { PlainError } from '../plain-error.ts'
import type { Supervisor } from '../supervisor/supervise.ts'
import { waitUntil } from '../wait-until.ts'
import type { Proxies, ProxyName } from './proxies.ts'
import { type Addresses, addresses, type Settings } from './settings.ts'

const downTimeoutMs = 10_000
const writesTimeoutMs = 60_000

/** From the kill to the first write: asked directly, and by the road that the services take. */
export type Promotion = { takesWritesMs: number; reachedMs: number }

export type PostgresPair = {
  /**
   * The primary is killed and never runs again; the standby takes its place, and `addresses` tell it
   * from then on.
   */
  promoteStandby(): Promise<Promotion>
  /** An asynchronous standby gets nothing more: it lacks what is committed from now on. */
  lagStandby(): void
}

type Wanted = {
  stateDir: string
  settings: Settings
  to: Addresses
  supervisor: Supervisor
  proxies: Proxies
}

export function postgresPair(wanted: Wanted): PostgresPair {
  const { stateDir, settings, to, supervisor, proxies } = wanted
  const { ports, secrets } = settings
  const line = (name: ProxyName) => {
    const found = proxies.get(name)
    if (found) return found
    throw new PlainError('the stack was not started with a standby that can do this')
  }
  return {
    promoteStandby: async () => {
      const road = line('postgres')
      const standby = supervisor.runner('postgres-standby')
      const primary = supervisor.runner('postgres')
      const killedAt = performance.now()
      const sinceKill = () => Math.round(performance.now() - killedAt)
      primary.holdDown()
      await waitUntil('the primary to be gone', () => primary.status.pid === null, downTimeoutMs)
      makeStandbyPrimary(postgresPlace(stateDir).folder)
      await promote(superuserUrl(ports.postgresStandby, secrets.postgres))
      const takesWritesMs = sinceKill()
      road.retarget(ports.postgresStandby)
      const asServices = superuserUrl(road.port, secrets.postgres)
      await waitUntil('a write to succeed', () => canWrite(asServices), writesTimeoutMs)
      const reachedMs = sinceKill()
      Object.assign(
        to,
        addresses({ ...settings, ports: { ...ports, postgres: ports.postgresStandby } }),
      )
      await waitUntil('it to be ready', () => standby.status.state === 'ready', writesTimeoutMs)
      return { takesWritesMs, reachedMs }
    },
    lagStandby: () => line('standby').stall(),
  }
}
