import { startJob } from '@flashsale/service-kit/job.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { createGatewaysAlive } from '../domain/gateways-alive.ts'
import { type LimitChanges, type Limits, limitsOf, shareOf, toSetLimits } from '../domain/limits.ts'
import { metrics } from '../metrics.ts'
import type { GatewayBeats } from '../redis/gateway-beats.ts'
import type { ConfigBoard } from './config-board.ts'

const BEAT_EVERY_MS = 500

/** The limits as this gateway knows them. While Redis is away its share of them stays as it was. */
export type LimitBoard = {
  /** Of all gateways together. */
  limits(): Limits
  /** What this gateway lets in of them. */
  share(): Limits
  onShare(listener: (share: Limits) => void): void
  /** Resolves when the gateways were counted once. */
  known: Promise<void>
  /** As they are stored now, or were when they could be read last. */
  read(): Promise<Limits>
  /** Undefined while they can't be stored: they are as they were, or will be seen to be changed. */
  change(changes: LimitChanges, who: string): Promise<Limits | undefined>
  stop(): Promise<void>
}
type Deps = {
  beats: GatewayBeats
  config: Pick<ConfigBoard, 'current' | 'onChange' | 'read' | 'change'>
  /** Hold until an operator sets others. */
  defaults: Limits
  log: Log
}

export function startLimitBoard({ beats, config, defaults, log }: Deps): LimitBoard {
  const memory = createMemory(defaults, config)
  const known = Promise.withResolvers<void>()
  let isAway = false

  const tellOnce = (error?: unknown) => {
    const wasAway = isAway
    isAway = error !== undefined
    if (isAway && !wasAway) log.warn({ err: error }, 'the share of the limits stays: no Redis')
    if (!isAway && wasAway) log.info({}, 'the gateways are counted again')
  }
  const beat = async () => {
    try {
      memory.learn(await beats.beat())
      known.resolve()
      tellOnce()
    } catch (error) {
      tellOnce(error)
    }
  }
  const job = startJob({ name: 'limit-board', everyMs: BEAT_EVERY_MS, run: beat, log })

  return {
    limits: memory.limits,
    share: memory.share,
    onShare: memory.onShare,
    known: known.promise,
    async read() {
      await config.read() // else as they were
      return memory.limits()
    },
    async change(changes, who) {
      const change = { limits: toSetLimits(changes) }
      const why = 'PUT /v1/admin/limits'
      const { kind } = await config.change({ who, why, change, dryRun: false })
      return kind === 'changed' ? memory.limits() : undefined
    },
    async stop() {
      memory.stop()
      await job.stop()
      await beats.leave().catch(() => {}) // its share is free a few seconds later
    },
  }
}

function createMemory(defaults: Limits, config: Deps['config']) {
  const alive = createGatewaysAlive()
  const listeners: ((share: Limits) => void)[] = []
  const limits = () => limitsOf(defaults, config.current().limits)
  let share = shareOf(limits(), alive.count())
  metrics.gateways.set(alive.count())

  const tell = () => {
    metrics.gateways.set(alive.count())
    share = shareOf(limits(), alive.count())
    for (const listener of listeners) listener(share)
  }
  const stop = config.onChange(tell)
  return {
    limits,
    share: () => share,
    onShare: (listener: (share: Limits) => void) => void listeners.push(listener),
    learn(gateways: number) {
      const before = alive.count()
      alive.learn(gateways, performance.now())
      if (alive.count() !== before) tell()
    },
    stop,
  }
}
