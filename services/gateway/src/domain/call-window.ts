import { type Track, tracks, WINDOW_SECONDS_MAX } from '@flashsale/contracts/http/canary.ts'
import { addTime, newTimes } from './call-times.ts'
import type { Seen } from './judge-canary.ts'

type Second = { atSecond: number; seen: Seen }

/** What became of a service's calls, second by second, for as long as any rule looks back. */
export function createCallWindow() {
  const kept: Record<Track, Second[]> = { stable: [], canary: [] }

  const secondOf = (track: Track, nowMs: number): Seen => {
    const atSecond = Math.floor(nowMs / 1_000)
    const place = atSecond % WINDOW_SECONDS_MAX
    const known = kept[track][place]
    if (known?.atSecond === atSecond) return known.seen
    const seen = { calls: 0, errors: 0, times: newTimes() }
    kept[track][place] = { atSecond, seen }
    return seen
  }
  return {
    count(track: Track, { ms, failed }: { ms: number; failed: boolean }, nowMs: number) {
      const seen = secondOf(track, nowMs)
      seen.calls++
      if (failed) seen.errors++
      addTime(seen.times, ms)
    },
    /** Of a call that is counted: its answer turned out to be none. */
    spoil(track: Track, nowMs: number) {
      const seen = secondOf(track, nowMs)
      if (seen.errors < seen.calls) seen.errors++
    },
    /** Nothing of before is held against what begins now. */
    clear() {
      for (const track of tracks) kept[track] = []
    },
    seen(windowSeconds: number, nowMs: number): Record<Track, Seen> {
      const afterSecond = Math.floor(nowMs / 1_000) - windowSeconds
      const sum = (track: Track) => added(kept[track].filter((one) => one?.atSecond > afterSecond))
      return { stable: sum('stable'), canary: sum('canary') }
    },
  }
}
export type CallWindow = ReturnType<typeof createCallWindow>

function added(seconds: Second[]): Seen {
  const all: Seen = { calls: 0, errors: 0, times: newTimes() }
  for (const { seen } of seconds) {
    all.calls += seen.calls
    all.errors += seen.errors
    for (const [step, count] of seen.times.entries()) {
      all.times[step] = (all.times[step] ?? 0) + count
    }
  }
  return all
}
