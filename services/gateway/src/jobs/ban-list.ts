import { channels } from '@flashsale/contracts/channels.ts'
import type { WatchedRedis } from '@flashsale/redis/connection.ts'
import { startJob } from '@flashsale/service-kit/job.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import type { Broadcast } from '../clients/broadcast.ts'
import { createBans, type WantedChange } from '../domain/bans.ts'
import { metrics } from '../metrics.ts'
import { BanTold, changeBans } from '../redis/change-bans.ts'
import { readBans } from '../redis/read-bans.ts'
import { restoreBans } from '../redis/restore-bans.ts'

const READ_EVERY_MS = 1_000 // heals what the channel has lost: a change is everywhere in 2 s

type Deps = { redis: WatchedRedis; broadcast: Broadcast; log: Log; everyMs?: number }

/** Who is banned, in memory: nobody waits for Redis. While it is away: as last known. */
export type BanList = {
  isBanned(buyer: string): boolean
  hasWithdrawn(): boolean
  isWithdrawn(tokenName: string): boolean
  /** Known to Redis when it is `done`. */
  change(wanted: WantedChange): Promise<'done' | 'full' | 'unreachable'>
  /** Resolves when they were read once. */
  known: Promise<void>
  stop(): Promise<void>
}

export function startBanList({ redis, broadcast, log, everyMs = READ_EVERY_MS }: Deps): BanList {
  const bans = createBans()
  let tellKnown = () => {}
  const known = new Promise<void>((resolve) => {
    tellKnown = resolve
  })

  /** True when there is more to read. */
  const look = async () => {
    const found = await redis.health.ask(() => readBans(redis, bans.version()))
    if (found.kind === 'read') bans.learn(found.read)
    tellKnown()
    metrics.bansReadAt.setToCurrentTime()
    metrics.banned.set({ kind: 'buyer' }, bans.counts().buyers)
    metrics.banned.set({ kind: 'token' }, bans.counts().tokens)
    if (found.kind !== 'forgot') return false
    log.warn({ version: bans.version() }, 'Redis forgot bans and is told them again')
    await restoreBans(redis, bans.all())
    return true
  }
  const run = async () => redis.health.answers() && (await look())
  const job = startJob({ name: 'ban-list', everyMs, backOffMaxMs: READ_EVERY_MS, run, log })

  broadcast.on(channels.bans, (message) => {
    const { data } = BanTold.safeParse(message)
    if (!data || !bans.apply(data, Date.now())) job.poke() // a change was missed
  })
  broadcast.onReconnect(job.poke)
  redis.on('ready', job.poke)

  const change = async (wanted: WantedChange) => {
    if (!redis.health.answers()) return 'unreachable'
    const ask = () => redis.health.ask(() => changeBans(redis, wanted, bans.version()))
    let answer = await ask()
    if (answer.kind === 'forgot') {
      await look() // which tells it what it forgot
      answer = await ask()
    }
    const { kind, version } = answer
    if (kind === 'forgot') return 'unreachable'
    if (kind === 'full') return 'full'
    if (kind === 'changed' && bans.apply({ ...wanted, version }, Date.now())) return 'done'
    job.poke()
    await look().catch(() => {}) // so that it is in force here before it is told as done
    return 'done'
  }
  return {
    isBanned: bans.hasBuyer,
    hasWithdrawn: bans.hasTokens,
    isWithdrawn: bans.hasToken,
    change: (wanted) =>
      change(wanted).catch((error) => {
        log.warn({ err: error }, 'a ban could not be changed')
        return 'unreachable' as const
      }),
    known,
    stop: () => job.stop(),
  }
}
