import type { SplitService } from '@flashsale/contracts/http/canary.ts'
import type { HttpClient } from '@flashsale/service-kit/http-client.ts'
import { startJob } from '@flashsale/service-kit/job.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { createWays, type Told, type Tracks, type TrackWatch } from '../clients/tracks.ts'
import { createCallWindow } from '../domain/call-window.ts'
import { judgeCanary } from '../domain/judge-canary.ts'
import { createSplit, type Split } from '../domain/split.ts'
import { metrics } from '../metrics.ts'
import type { CanaryRulesSource } from './canary-board.ts'
import { createTrackMetrics } from './track-metrics.ts'

const JUDGE_EVERY_MS = 1_000
const SEEN_SECONDS = 30 // told where no rule says how far it looks back

type Deps = {
  source: CanaryRulesSource
  /** Who rolls back, in the record of it. */
  gateway: string
  log: Log
}
type Wanted<Client> = {
  stable: HttpClient
  canary: HttpClient
  timeoutMs: number
  /** Once for each release. */
  make(http: HttpClient, spoil: () => void): Client
}
type Watched = { service: SplitService; window: ReturnType<typeof createCallWindow> }

/** Splits calls by the rules of the moment, and rolls a canary back that is worse than they allow. */
export function startCanary({ source, gateway, log }: Deps) {
  const watched = new Map<SplitService, Watched>()
  const renewed = new Map<SplitService, () => void>()
  source.onChange((service) => renewed.get(service)?.())

  const judge = async ({ service, window }: Watched) => {
    const rule = source.rule(service)
    if (!rule || rule.rolledBack) return
    const { rollBack } = rule
    const verdict = judgeCanary(rollBack, window.seen(rollBack.windowSeconds, performance.now()))
    if (!verdict) return
    metrics.canaryRollBacks.inc({ service, cause: verdict.cause })
    log.error({ service, release: rule.release, ...verdict }, 'the canary is rolled back')
    await source.rollBack(service, { at: new Date().toISOString(), gateway, ...verdict })
  }
  const run = async () => {
    for (const one of watched.values()) await judge(one)
  }
  const job = startJob({ name: 'judge-canary', everyMs: JUDGE_EVERY_MS, run, log })

  return {
    /** The two releases of a service, of which a caller gets one. */
    tracks<Client>(service: SplitService, { make, ...ways }: Wanted<Client>): Tracks<Client> {
      const window = createCallWindow()
      let split: Split = createSplit(source.rule(service))
      const renew = () => {
        split = createSplit(source.rule(service))
        window.clear()
        tellRule(source, service)
      }
      renew()
      renewed.set(service, renew)
      watched.set(service, { service, window })
      const watch = createWatch(service, window, () => split)
      const { stable, canary } = createWays(ways, watch)
      const clients = {
        stable: make(stable, () => watch.spoil('stable')),
        canary: make(canary, () => watch.spoil('canary')),
      }
      return { service, watch, clients }
    },
    /** What this gateway saw of a service's two releases lately; undefined where it knows no canary. */
    seen(service: SplitService) {
      const seconds = source.rule(service)?.rollBack.windowSeconds ?? SEEN_SECONDS
      return watched.get(service)?.window.seen(seconds, performance.now())
    },
    stop: job.stop,
  }
}
export type Canary = ReturnType<typeof startCanary>

function createWatch(
  service: SplitService,
  window: Watched['window'],
  split: () => Split,
): TrackWatch {
  const tracked = createTrackMetrics(service)
  return {
    trackOf(asker) {
      const { isOn, trackOf } = split()
      return isOn && asker ? trackOf(asker.buyerId, asker.wanted) : 'stable'
    },
    count(told: Told) {
      window.count(told.track, told, performance.now())
      tracked.count(told)
    },
    spoil(track) {
      window.spoil(track, performance.now())
      tracked.spoil(track)
    },
    fellBack: tracked.fellBack,
  }
}

function tellRule(source: CanaryRulesSource, service: SplitService) {
  const rule = source.rule(service)
  metrics.canaryWeight.set({ service }, rule && !rule.rolledBack ? rule.weightPercent : 0)
  metrics.canaryRolledBack.set({ service }, rule?.rolledBack ? 1 : 0)
}
