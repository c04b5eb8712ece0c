import type { Phase } from './crowd.ts'

/** `atMs` since the start. */
export type Arrival = { atMs: number; underWayMax: number | undefined }

/** When buyers arrive: evenly within each phase, to the moment, whenever somebody looks. */
export function createArrivals(phases: readonly Phase[]) {
  const plan = phases.map((phase, i) => ({
    ...phase,
    fromMs: phases.slice(0, i).reduce((sum, { spanMs }) => sum + spanMs, 0),
  }))
  const endMs = phases.reduce((sum, { spanMs }) => sum + spanMs, 0)
  let phase = 0
  let nth = 0

  return {
    /** Undefined when nobody has arrived by now who was not taken. */
    take(nowMs: number): Arrival | undefined {
      for (let now = plan[phase]; now; now = plan[++phase], nth = 0) {
        const atMs = now.fromMs + (nth * 1_000) / now.perSecond
        if (atMs >= now.fromMs + now.spanMs) continue
        if (atMs > nowMs) return undefined
        nth++
        return { atMs, underWayMax: now.underWayMax }
      }
      return undefined
    },
    /** Not while somebody who has arrived was not taken. */
    isOver: (nowMs: number) => nowMs >= endMs && phase === plan.length,
  }
}
