import type { TestContext } from 'node:test'
import { CONFIG_KEY, channels } from '@flashsale/contracts/channels.ts'
import {
  type ConfigTold,
  InternalConfigChange,
  type RawDocument,
} from '@flashsale/contracts/http/runtime-config.ts'
import { closeRedis, connectRedis, type Redis } from '@flashsale/redis/connection.ts'
import { publish } from '@flashsale/redis/publish.ts'
import { askInventory } from '@flashsale/runtime-config/ask-inventory.ts'
import { changeDocument } from '@flashsale/runtime-config/change-document.ts'
import { createRuntimeConfig } from '@flashsale/runtime-config/runtime-config.ts'
import { createHttpClient } from '@flashsale/service-kit/http-client.ts'
import type { Broadcast } from '../src/clients/broadcast.ts'
import { unreachable } from '../src/clients/peer.ts'
import { createConfigClient } from '../src/clients/runtime-config.ts'
import { type ConfigBoard, startConfigBoard } from '../src/jobs/config-board.ts'
import { type Handler, problemBody, refusal, startPeer } from './peers.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
type Change = { change: RawDocument; dryRun: boolean; expectedVersion?: number | undefined }

/** Inventory's calls about the configuration, by its own rules; Postgres is a variable. */
export function playedConfig() {
  let told: ConfigTold = { version: 0, document: {} }
  let isAway = false
  const asked: unknown[] = []

  const change = ({ change, dryRun, expectedVersion }: Change) => {
    const { version } = told
    if (expectedVersion !== undefined && expectedVersion !== version) {
      return { status: 409, body: { ...problemBody('config-changed', 409), version } }
    }
    const judged = changeDocument(told.document, change)
    if (judged.kind === 'bad') {
      const body = { ...problemBody('invalid-request', 400), errors: judged.errors }
      return { status: 400, body }
    }
    const { document, differences } = judged
    if (!dryRun) told = { version: version + 1, document }
    return { status: 200, body: { version: told.version, document, dryRun, differences } }
  }
  const handle: Handler = ({ method, path, headers, body }) => {
    if (isAway) return refusal('try-later', 503)
    if (method !== 'GET') asked.push(body)
    if (path.startsWith('/internal/config/roll-back')) {
      const { version } = body as { version: number }
      return version === 0 ? change({ change: {}, dryRun: true }) : refusal('not-found', 404)
    }
    if (method === 'PATCH') {
      const { data } = InternalConfigChange.safeParse(body)
      return data ? change(data) : refusal('invalid-request', 400)
    }
    if (headers['if-none-match'] === `"${told.version}"`) return { status: 304 }
    return { status: 200, body: told }
  }
  return {
    handle,
    /** Bodies of changes. */
    asked,
    told: () => told,
    tell: (next: ConfigTold) => {
      told = next
    },
    goAway: (away = true) => {
      isAway = away
    },
  }
}
export type PlayedConfig = ReturnType<typeof playedConfig>

/** The same on a port of its own. */
export async function startConfigPeer(t: TestContext) {
  const played = playedConfig()
  const { url } = await startPeer(t, played.handle)
  return { ...played, url }
}
export type ConfigPeer = Awaited<ReturnType<typeof startConfigPeer>>

/** As inventory tells it through Redis. */
export async function push(redis: Redis, { version, document }: ConfigTold) {
  await redis.hset(CONFIG_KEY, { version, document: JSON.stringify(document) })
  await publish(redis, channels.config, { version, document })
}

/** The real board of one gateway. */
export function startConfig(t: TestContext, url: string, broadcast: Broadcast): ConfigBoard {
  const http = createHttpClient(url, { timeoutMs: 500 })
  const board = startConfigBoard({
    config: createRuntimeConfig(quiet),
    client: createConfigClient(http),
    ask: [askInventory(http)],
    broadcast,
    log: quiet,
  })
  t.after(async () => {
    await board.stop()
    await http.close()
  })
  return board
}

/** One that nobody can change but the test, and that asks nobody. */
export function stillConfig(document: RawDocument = {}): ConfigBoard {
  const memory = createRuntimeConfig(quiet)
  const no = async () => unreachable
  // `learn` is for the test.
  const board = { ...memory, known: Promise.resolve(), read: no, change: no, rollBack: no }
  memory.learn({ version: 1, document })
  return { ...board, history: no, stop: async () => {} }
}

export async function redisOf(t: TestContext, server: { url: string; keyPrefix?: string }) {
  const redis = connectRedis(server)
  t.after(() => closeRedis(redis))
  return redis
}
