import { until } from '@flashsale/service-kit/wait.ts'
import { request } from '@flashsale/test-kit/http.ts'
import type { OwnRedis } from '@flashsale/test-kit/own-redis.ts'
import type { ProcessName, System } from '@flashsale/test-kit/system.ts'
import type { TcpProxy } from '../../src/proxy/proxy.ts'
import type { ownKafka } from '../system/own-kafka.ts'

const WAIT_MS = 60_000

export type World = {
  system: System
  redis: OwnRedis
  kafka: Awaited<ReturnType<typeof ownKafka>>
  /** The services' line to Postgres. */
  postgres: TcpProxy
}
export type Scene = {
  /** What is away; the heading of its column and section. */
  name: string
  how: string
  /** Resolves once the services that need it know. */
  stop(world: World): Promise<unknown>
  start(world: World): Promise<unknown>
  /** How what became of everything is told; else "When it is back". */
  after?: string
  /** What is bought meanwhile becomes an order only when it is back. */
  ordersWait?: true
}

export const scenes: Scene[] = [
  {
    name: 'one of two',
    how: 'the second instance of inventory, of order and of payment ends; the first ones go on',
    stop: ({ system }) => stopAll(system, 'inventory-2', 'order-2', 'payment-2'),
    start: async () => {}, // it goes on without them, as do the scenes after it
    after: 'Without them',
  },
  service('inventory'),
  { ...service('order'), ordersWait: true },
  service('payment'),
  service('bank'),
  {
    name: 'Redis',
    how: 'the server is killed and started again, with what it had on disk',
    async stop({ system, redis }) {
      await redis.kill()
      await unready(system.urls.inventory)
    },
    start: ({ redis }) => redis.start(),
  },
  {
    name: 'Postgres',
    how: 'every connection of every service is reset, and new ones are refused',
    async stop({ system, postgres }) {
      postgres.cut()
      await unready(system.urls.order)
    },
    start: ({ postgres }) => postgres.restore(),
    ordersWait: true,
  },
  {
    name: 'Kafka',
    how: 'the broker is killed and started again',
    stop: ({ kafka }) => kafka.kill(),
    start: ({ kafka }) => kafka.start(),
    ordersWait: true,
  },
]

function service(name: 'inventory' | 'order' | 'payment' | 'bank'): Scene {
  const how = name === 'bank' ? 'it ends' : 'no instance of it runs'
  const stop: Scene['stop'] = ({ system }) => system.stop(name)
  return { name, how, stop, start: ({ system }) => system.start(name) }
}

const stopAll = (system: System, ...names: ProcessName[]) => Promise.all(names.map(system.stop))

function unready(url: string) {
  const check = async () => (await request(`${url}/readyz`)).status === 503
  return until(check, { timeoutMs: WAIT_MS, what: `${url} to be not ready` })
}
