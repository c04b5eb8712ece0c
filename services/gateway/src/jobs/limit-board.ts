import { channels } from '@flashsale/contracts/channels.ts'
import { startJob } from '@flashsale/service-kit/job.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import type { Broadcast } from '../clients/broadcast.ts'
import { createGatewaysAlive } from '../domain/gateways-alive.ts'
import { type LimitChanges, type Limits, shareOf } from '../domain/limits.ts'
import { metrics } from '../metrics.ts'
import type { LimitStore, StoredLimits } from '../redis/limit-store.ts'

const BEAT_EVERY_MS = 500

/** The limits as this gateway knows them. While Redis is away they and its share stay as they were. */
export type LimitBoard = {
  /** Of all gateways together. */
  limits(): Limits
  /** What this gateway lets in of them. */
  share(): Limits
  onShare(listener: (share: Limits) => void): void
  /** Resolves when they were read once. */
  known: Promise<void>
  /** As they are stored now, or were when Redis was last there. */
  read(): Promise<Limits>
  /** Undefined while Redis is away: they are as they were, or will be seen to be changed. */
  change(changes: LimitChanges): Promise<Limits | undefined>
  stop(): Promise<void>
}
type Deps = {
  store: LimitStore
  broadcast: Pick<Broadcast, 'on'>
  /** Hold until an operator sets others. */
  defaults: Limits
  log: Log
}

export function startLimitBoard({ store, broadcast, defaults, log }: Deps): LimitBoard {
  const memory = createMemory(defaults)
  const known = Promise.withResolvers<void>()
  let isAway = false

  const tellOnce = (error?: unknown) => {
    const wasAway = isAway
    isAway = error !== undefined
    if (isAway && !wasAway) log.warn({ err: error }, 'the limits stay as they were: no Redis')
    if (!isAway && wasAway) log.info({}, 'the limits are read again')
  }
  /** False while Redis is away. */
  const beat = async (): Promise<boolean> => {
    try {
      const { gateways, stored } = await store.beat(memory.stored())
      memory.learn(stored, gateways)
      known.resolve()
      tellOnce()
      return true
    } catch (error) {
      tellOnce(error)
      return false
    }
  }
  const run = async () => void (await beat())
  const job = startJob({ name: 'limit-board', everyMs: BEAT_EVERY_MS, run, log })
  broadcast.on(channels.limits, job.poke)

  return {
    limits: memory.limits,
    share: memory.share,
    onShare: memory.onShare,
    known: known.promise,
    async read() {
      if (store.answers()) await beat()
      return memory.limits()
    },
    async change(changes) {
      // A Redis that forgot has the others again before.
      if (!store.answers() || !(await beat())) return undefined
      const stored = await store.change(changes).catch((error) => {
        log.warn({ err: error }, 'the limits may not have been changed')
      })
      if (!stored) return undefined
      memory.learn(stored)
      log.info({ limits: memory.limits() }, 'the limits were changed')
      return memory.limits()
    },
    async stop() {
      await job.stop()
      await store.leave().catch(() => {}) // its share is free a few seconds later
    },
  }
}

function createMemory(defaults: Limits) {
  const alive = createGatewaysAlive()
  const listeners: ((share: Limits) => void)[] = []
  let stored: StoredLimits = { version: 0, limits: {} }
  let share = defaults
  metrics.gateways.set(alive.count())

  const limits = (): Limits => ({ ...defaults, ...stored.limits })
  return {
    stored: () => stored,
    limits,
    share: () => share,
    onShare: (listener: (share: Limits) => void) => void listeners.push(listener),
    /** Answers may overtake each other: an older version is no news. */
    learn(told: StoredLimits, gateways?: number) {
      const before = { version: stored.version, gateways: alive.count() }
      if (told.version > before.version) stored = told
      if (gateways !== undefined) alive.learn(gateways, performance.now())
      if (stored.version === before.version && alive.count() === before.gateways) return
      metrics.gateways.set(alive.count())
      share = shareOf(limits(), alive.count())
      for (const listener of listeners) listener(share)
    },
  }
}
