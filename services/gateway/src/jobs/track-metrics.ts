import type { SplitService, Track } from '@flashsale/contracts/http/canary.ts'
import type { Told } from '../clients/tracks.ts'
import { metrics } from '../metrics.ts'

const RELEASES_MAX = 16 // of a service: a label that others choose is bounded
const UNTOLD = 'untold'

/** Calls by the release that answered; one that did not answer is counted for the last that did. */
export function createTrackMetrics(service: SplitService) {
  const last: Record<Track, string> = { stable: UNTOLD, canary: UNTOLD }
  const makeSeries = (track: Track, release: string) => ({
    ok: metrics.trackCalls.labels(service, track, release, 'ok'),
    failed: metrics.trackCalls.labels(service, track, release, 'failed'),
    spoilt: metrics.trackCalls.labels(service, track, release, 'spoilt'),
    seconds: metrics.trackSeconds.labels(service, track, release),
  })
  const known: Record<Track, Map<string, ReturnType<typeof makeSeries>>> = {
    stable: new Map(),
    canary: new Map(),
  }
  /** Found once: looking a metric up by its labels costs more than counting. */
  const seriesOf = (track: Track, release: string) => {
    const found = known[track].get(release)
    if (found) return found
    if (known[track].size >= RELEASES_MAX) return makeSeries(track, 'other')
    const made = makeSeries(track, release)
    known[track].set(release, made)
    return made
  }
  const fallen = metrics.trackFellBack.labels(service)

  return {
    count({ track, failed, ms, release }: Told) {
      if (release !== undefined) last[track] = release
      const series = seriesOf(track, last[track])
      series[failed ? 'failed' : 'ok'].inc()
      series.seconds.observe(ms / 1_000)
    },
    spoil: (track: Track) => seriesOf(track, last[track]).spoilt.inc(),
    fellBack: () => fallen.inc(),
  }
}
