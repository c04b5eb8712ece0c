import type { TestContext } from 'node:test'
import { closeRedis, connectRedis, whenReady } from '@flashsale/redis/connection.ts'
import { createBroadcast } from '../src/clients/broadcast.ts'
import type { Limits } from '../src/domain/limits.ts'
import { type LimitBoard, startLimitBoard } from '../src/jobs/limit-board.ts'
import type { SlowCalls } from '../src/plugins/limit-calls.ts'
import { createGatewayBeats } from '../src/redis/gateway-beats.ts'
import { startConfig } from './config-parts.ts'

const READY_WITHIN_MS = 10_000
const quiet = { debug() {}, info() {}, warn() {}, error() {} }
export const unlimited: Limits = { buyer: null, address: null, gateway: null }

type Server = { url: string; keyPrefix?: string }

export async function connected(t: TestContext, server: Server) {
  const redis = connectRedis(server)
  t.after(() => closeRedis(redis))
  await whenReady(redis, READY_WITHIN_MS)
  return redis
}

/** Where the gateways of a test meet: a real Redis, and who keeps the configuration. */
type Place = { server: Server; inventory: { url: string } }

/** The limits of one gateway. `die` ends it without a word to the others. */
export async function startBoard(t: TestContext, place: Place, gateway: string, defaults: Limits) {
  const redis = await connected(t, place.server)
  const subscriber = connectRedis(place.server)
  const broadcast = createBroadcast(subscriber, quiet)
  const runtimeConfig = startConfig(t, place.inventory.url, broadcast)
  const beats = createGatewayBeats(redis, gateway)
  let leave = beats.leave
  const limits = startLimitBoard({
    beats: { ...beats, leave: () => leave() },
    config: runtimeConfig,
    defaults,
    log: quiet,
  })
  t.after(async () => {
    await limits.stop()
    broadcast.stop()
    await closeRedis(subscriber)
  })
  const die = () => {
    leave = async () => {}
    return limits.stop()
  }
  await limits.known
  const change = (changes: Parameters<typeof limits.change>[0]) => limits.change(changes, 'op')
  return { ...limits, change, runtimeConfig, redis, die }
}

/** Limits that nobody changes. */
export function fixedLimits(limits: Partial<Limits>): LimitBoard {
  const fixed = { ...unlimited, ...limits }
  return {
    limits: () => fixed,
    share: () => fixed,
    onShare: () => {},
    known: Promise.resolve(),
    read: async () => fixed,
    change: async () => undefined,
    stop: async () => {},
  }
}

const letIn = { allowed: true, remaining: 1, untilResetMs: 0, byAll: true }
const always = { calls: 1, perSeconds: 1, count: async () => letIn }
/** Nobody's slow calls are too many. */
export const anyCalls: SlowCalls = { payment: always, admin: always }
