import { channels } from '@flashsale/contracts/channels.ts'
import { SplitRule, type SplitService, splitServices } from '@flashsale/contracts/http/canary.ts'
import type { WatchedRedis } from '@flashsale/redis/connection.ts'
import { publish } from '@flashsale/redis/publish.ts'
import { luaScript } from '@flashsale/redis/script.ts'
import { z } from 'zod'

const SPLITS = 'gateways:{canary}:splits'

const file = (name: string) => new URL(`./${name}.lua`, import.meta.url)
const shareCanary = luaScript(file('all-splits'), file('share-canary'))
const setCanary = luaScript(file('all-splits'), file('set-canary'))

/** Version 0: nobody has set it. */
export type StoredSplit = { version: number; rule: SplitRule | null }
export type StoredSplits = Record<SplitService, StoredSplit>
export type SplitChanges = Partial<Record<SplitService, SplitRule | null>>

const Reply = z.array(z.string())

/** Where all gateways meet. Each call fails within a second while Redis is away. */
export type CanaryStore = {
  /** False while Redis is away: whoever calls would only wait. */
  answers(): boolean
  /** Of each service the later version stands, here and there. */
  share(known: StoredSplits): Promise<Partial<StoredSplits>>
  set(changes: SplitChanges): Promise<Partial<StoredSplits>>
  /** That there is something new, to whoever listens. */
  tell(): Promise<void>
}

export function createCanaryStore(redis: WatchedRedis): CanaryStore {
  const tell = () => publish(redis, channels.canary, {}).catch(() => {}) // else the next look finds it
  return {
    answers: redis.health.answers,
    async share(known) {
      const args = splitServices.flatMap((service) => {
        const { version, rule } = known[service]
        return version === 0 ? [] : [service, version, JSON.stringify(rule)]
      })
      return read(await redis.health.ask(() => shareCanary(redis, [SPLITS], args)))
    },
    async set(changes) {
      const args = Object.entries(changes).flatMap(([service, rule]) => [
        service,
        JSON.stringify(rule),
      ])
      const splits = read(await redis.health.ask(() => setCanary(redis, [SPLITS], args)))
      void tell()
      return splits
    },
    tell,
  }
}

/** Throws on a rule that can't be read: what is known stays. */
function read(reply: unknown): Partial<StoredSplits> {
  const fields = Reply.parse(reply)
  const splits: Partial<StoredSplits> = {}
  for (let i = 0; i < fields.length; i += 3) {
    const [service, version, text = ''] = fields.slice(i, i + 3)
    const known = splitServices.find((one) => one === service)
    if (!known) continue // of a later release
    const rule = SplitRule.nullable().parse(JSON.parse(text))
    splits[known] = { version: Number(version), rule }
  }
  return splits
}
