import { channels } from '@flashsale/contracts/channels.ts'
import type { WatchedRedis } from '@flashsale/redis/connection.ts'
import { publish } from '@flashsale/redis/publish.ts'
import { luaScript } from '@flashsale/redis/script.ts'
import { z } from 'zod'
import { LimitChanges } from '../domain/limits.ts'

const GONE_AFTER_MS = 2_000 // four beats
const KEYS = { beats: 'gateways:{limits}:beats', stored: 'gateways:{limits}:stored' }

const file = (name: string) => new URL(`./${name}.lua`, import.meta.url)
const beat = luaScript(file('stored-limits'), file('beat'))
const changeLimits = luaScript(file('stored-limits'), file('change-limits'))

/** What operators have set; a version is the time of the last change, 0 if there was none. */
export type StoredLimits = { version: number; limits: LimitChanges }

const BeatReply = z.tuple([z.int(), z.int()]).rest(z.string())
const ChangeReply = z.tuple([z.int()]).rest(z.string())

/** Where all gateways meet. Each call fails within a second while Redis is away. */
export type LimitStore = {
  /** False while Redis is away: whoever calls would only wait. */
  answers(): boolean
  /** Says that this gateway lives; `known` is what it has learnt before. */
  beat(known: StoredLimits): Promise<{ gateways: number; stored: StoredLimits }>
  change(changes: LimitChanges): Promise<StoredLimits>
  /** This gateway's share is free at once. */
  leave(): Promise<void>
}

export function createLimitStore(redis: WatchedRedis, gateway: string): LimitStore {
  const { beats, stored } = KEYS
  return {
    answers: redis.health.answers,
    async beat(known) {
      const args = [gateway, GONE_AFTER_MS, known.version, ...toFields(known.limits)]
      const reply = await redis.health.ask(() => beat(redis, [beats, stored], args))
      const [gateways, version, ...fields] = BeatReply.parse(reply)
      return { gateways, stored: { version, limits: fromFields(fields) } }
    },
    async change(changes) {
      const args = toFields(changes)
      const reply = await redis.health.ask(() => changeLimits(redis, [stored], args))
      const [version, ...fields] = ChangeReply.parse(reply)
      void publish(redis, channels.limits, { version }).catch(() => {}) // else the next beat tells
      return { version, limits: fromFields(fields) }
    },
    leave: async () => void (await redis.health.ask(() => redis.zrem(beats, gateway))),
  }
}

const toFields = (limits: LimitChanges) =>
  Object.entries(limits).flatMap(([name, bucket]) => [name, JSON.stringify(bucket)])

function fromFields(fields: string[]): LimitChanges {
  const pairs = fields.flatMap((name, i) => {
    return i % 2 === 0 ? [[name, JSON.parse(fields[i + 1] ?? 'null')]] : []
  })
  return LimitChanges.parse(Object.fromEntries(pairs))
}
