import { PlainError } from '../plain-error.ts'
import { startProxy, type TcpProxy } from '../proxy/proxy.ts'
import type { Ports } from './ports.ts'
import type { Addresses, External } from './settings.ts'

/** `replication` is the line between Redis and its copy, `standby` that between Postgres and its own. */
export type ProxyName = 'postgres' | 'redis' | 'bank' | 'replication' | 'standby'
export type Proxies = Map<ProxyName, TcpProxy>

const target = {
  postgres: 'postgres',
  redis: 'redis',
  bank: 'bank',
  replication: 'redis',
  standby: 'postgres',
} as const
const portName = {
  postgres: 'postgresProxy',
  redis: 'redisProxy',
  bank: 'bankProxy',
  replication: 'replicationProxy',
  standby: 'standbyProxy',
} as const

export async function startProxies(names: readonly ProxyName[], ports: Ports): Promise<Proxies> {
  const proxies: Proxies = new Map()
  for (const name of names) {
    const [port, to] = [ports[portName[name]], ports[target[name]]]
    proxies.set(name, await startProxy({ port, target: to }))
  }
  return proxies
}

/** Servers of others are not ours to cut off. */
export function assertOwn(names: readonly ProxyName[], external: External): void {
  for (const name of names) {
    const server = target[name]
    if (!(server in external) || !external[server as keyof External]) continue
    throw new PlainError(`no proxy in front of ${server}: it is named in the environment`)
  }
}

/** The same addresses with proxies where there are some. */
export function throughProxies(to: Addresses, names: readonly ProxyName[], ports: Ports) {
  const via = (name: ProxyName, url: string) => {
    if (!names.includes(name)) return url
    const changed = new URL(url)
    changed.port = String(ports[portName[name]])
    return changed.href.replace(/\/$/, '')
  }
  const database = ({ name, url }: { name: string; url: string }) => {
    return { name, url: via('postgres', url) }
  }
  const { inventory, order, payment } = to.databases
  return {
    ...to,
    postgres: via('postgres', to.postgres),
    redis: via('redis', to.redis),
    bank: via('bank', to.bank),
    databases: {
      inventory: database(inventory),
      order: database(order),
      payment: database(payment),
    },
  }
}
