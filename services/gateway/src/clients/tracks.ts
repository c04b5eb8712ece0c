import type { SplitService, Track } from '@flashsale/contracts/http/canary.ts'
import { RELEASE_HEADER } from '@flashsale/service-kit/app.ts'
import type { Call, HttpClient, Outcome } from '@flashsale/service-kit/http-client.ts'
import type { Asker } from '../domain/split.ts'

/** What became of one call, for metrics and for the judge. */
export type Told = { track: Track; failed: boolean; ms: number; release: string | undefined }
/** One service's split, as the calls need it. */
export type TrackWatch = {
  trackOf(asker: Asker | undefined): Track
  count(told: Told): void
  /** A counted answer was not as agreed. */
  spoil(track: Track): void
  /** The canary could not, so stable was asked. */
  fellBack(): void
}
/** A client for each release of a service. */
export type Tracks<Client> = {
  service: SplitService
  watch: TrackWatch
  clients: Record<Track, Client>
}

type Ways = Record<Track, HttpClient> & { timeoutMs: number }

/** Both ways are counted. What the canary surely did not do is asked of stable, in what time is left. */
export function createWays({ stable, canary, timeoutMs }: Ways, watch: TrackWatch) {
  const counted = (track: Track, http: HttpClient): HttpClient => ({
    async call(wanted) {
      const fromMs = performance.now()
      const outcome = await http.call(wanted)
      const ms = performance.now() - fromMs
      watch.count({ track, ms, failed: hasFailed(wanted, outcome), release: releaseOf(outcome) })
      return outcome
    },
    close: http.close,
  })
  const toStable = counted('stable', stable)
  const toCanary = counted('canary', canary)
  const canaryFirst: HttpClient = {
    async call(wanted) {
      const endsAtMs = performance.now() + (wanted.timeoutMs ?? timeoutMs)
      const outcome = await toCanary.call(wanted)
      const leftMs = endsAtMs - performance.now()
      if (!didNothing(wanted, outcome) || leftMs <= 0) return outcome
      watch.fellBack()
      return await toStable.call({ ...wanted, timeoutMs: leftMs })
    },
    close: toCanary.close,
  }
  return { stable: toStable, canary: canaryFirst } satisfies Record<Track, HttpClient>
}

/** Unknown stays unknown (P8): only what was not sent, or says itself that it did nothing. */
function didNothing({ couldNot }: Call, outcome: Outcome): boolean {
  if (outcome.kind !== 'answer') return outcome.kind === 'not-sent'
  return !outcome.lostBefore && couldNot?.(outcome) === true
}

function hasFailed({ couldNot }: Call, outcome: Outcome): boolean {
  return outcome.kind !== 'answer' || outcome.status >= 500 || couldNot?.(outcome) === true
}

function releaseOf(outcome: Outcome): string | undefined {
  const said = outcome.kind === 'answer' ? outcome.headers[RELEASE_HEADER] : undefined
  return typeof said === 'string' ? said : undefined
}

/** By whose release `asker` is served; without one it is stable. What breaks on an answer speaks against it. */
export async function onTrack<Client, T>(
  { watch, clients }: Tracks<Client>,
  asker: Asker | undefined,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const track = watch.trackOf(asker)
  try {
    return await work(clients[track])
  } catch (error) {
    watch.spoil(track)
    throw error
  }
}
