import type { TestContext } from 'node:test'
import { channels } from '@flashsale/contracts/channels.ts'
import type { SaleFacts, SaleTold } from '@flashsale/contracts/http/inventory.ts'
import type { BuyerId } from '@flashsale/contracts/ids.ts'
import { closeRedis, connectRedis } from '@flashsale/redis/connection.ts'
import { publish } from '@flashsale/redis/publish.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { testRedis } from '@flashsale/test-kit/redis.ts'
import { createBroadcast } from '../src/clients/broadcast.ts'
import { aSale, startGateway } from './gateway.ts'
import { type Handler, startPeer, type Told } from './peers.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
export const CALM_MS = 1_000

type Settings = { url: string; keyPrefix?: string }

export function broadcastOf(t: TestContext, settings: Settings) {
  const subscriber = connectRedis(settings)
  const broadcast = createBroadcast(subscriber, quiet)
  t.after(() => {
    broadcast.stop()
    return closeRedis(subscriber)
  })
  return broadcast
}

/** What Redis tells when the sale is so. */
export const messageOf = (sale: SaleFacts, buyers: string[] = []): SaleTold => ({
  id: sale.id,
  epoch: sale.epoch,
  stock: sale.stock,
  phase: sale.phase,
  free: sale.free ?? 0,
  orders: sale.orders ?? 0,
  versions: { ...sale.versions, free: sale.versions.free ?? 0 },
  ...(buyers.length > 0 && { buyers: buyers as BuyerId[] }),
})

type World = {
  sale?: Partial<SaleFacts>
  redis?: Settings
  /** Anything but the sales. */
  inventory?: Handler
  buyersMax?: number
  redisSkewMs?: number
}

/** A gateway that hears a real Redis; its inventory tells what the test says of one sale. */
export async function hearingGateway(t: TestContext, world: World = {}) {
  const { url, keyPrefix } = world.redis ?? testRedis(t)
  const settings = { url, keyPrefix: keyPrefix ?? '' }
  const sale = aSale({ versions: { phase: 1, stock: 1, free: 5 }, ...world.sale })
  let read: SaleFacts = sale
  const { redisSkewMs: skewMs = 0 } = world
  const peer = await startPeer(t, (asked): Told | Promise<Told> =>
    asked.path.split('?')[0] === '/internal/sales'
      ? { status: 200, body: { redisTimeMs: Date.now() + skewMs, sales: [read] } }
      : (world.inventory ?? (() => 'reset'))(asked),
  )
  const broadcast = broadcastOf(t, settings)
  const { buyersMax } = world
  const options = { inventoryUrl: peer.url, broadcast, ...(buyersMax && { buyersMax }) }
  const { board, call, url: gatewayUrl, app } = await startGateway(t, options)
  await until(broadcast.hears, { timeoutMs: 10_000, everyMs: 1, what: 'the channels' })
  await board.refresh()
  const publisher = connectRedis(settings)
  t.after(() => closeRedis(publisher))
  await until(() => publisher.status === 'ready', { timeoutMs: 10_000, what: 'the publisher' })

  const now = () => board.get(sale.id) ?? sale
  return {
    ...{ sale, board, call, app, broadcast, now, url: gatewayUrl },
    path: `/v1/sales/${sale.id}/orders`,
    state: () => board.stateOf(now()),
    polls: () => peer.asked.filter(({ path }) => path.split('?')[0] === '/internal/sales').length,
    asked: (start: string) => peer.asked.filter(({ path }) => path.startsWith(start)),
    /** What inventory answers from now on. */
    reads(facts: Partial<SaleFacts>) {
      read = { ...read, ...facts }
    },
    async tells(facts: Partial<SaleFacts>, buyers?: string[]) {
      await publish(publisher, channels.sales, messageOf({ ...sale, ...facts }, buyers))
    },
    publish: (message: unknown) => publish(publisher, channels.sales, message),
  }
}

export const counted = (free: number, version: number, orders = 0) => ({
  ...{ free, orders },
  versions: { phase: 1, stock: 1, free: version },
})
