/** `done` counts all that ever went through; only how it grows is looked at. */
export type Backlog = { waiting: number; done: number }

/** Fewer are under way at any time, and not waiting: four batches of the writer, two at each of its ends. */
export const UNDER_WAY_MAX = 1_000
const MEMORY_MS = 5_000 // of busy time: what was measured longer ago counts little
const STOOD_MS_MAX = 2_000 // between two batches; what stands still for longer is away, and not slow

/**
 * How fast one stage of the road takes what waits in front of it. Only time in which enough waited counts:
 * of a stage that had nothing to do nobody knows how fast it is, and one that stands still keeps the rate
 * that it had, so that a restart of some seconds is bridged.
 */
export function createDrain() {
  let last: (Backlog & { atMs: number }) | undefined
  let moved = 0
  let busyMs = 0
  let stoodMs = 0

  const perSecond = () => (busyMs > 0 ? (moved * 1_000) / busyMs : undefined)
  const count = (more: number, spanMs: number) => {
    const kept = Math.exp(-spanMs / MEMORY_MS)
    moved = moved * kept + more
    busyMs = busyMs * kept + spanMs
  }

  return {
    learn(backlog: Backlog, atMs: number) {
      const before = last
      last = { ...backlog, atMs }
      if (!before) return
      const spanMs = atMs - before.atMs
      const more = backlog.done - before.done
      const wasBusy = Math.min(before.waiting, backlog.waiting) >= UNDER_WAY_MAX
      if (spanMs <= 0 || more <= 0) {
        const stands = wasBusy && more === 0 && busyMs > 0
        stoodMs = stands ? Math.min(stoodMs + Math.max(0, spanMs), STOOD_MS_MAX) : 0
        return
      }
      const overMs = spanMs + stoodMs
      stoodMs = 0
      // Faster than thought, though it had to wait in between: it can do at least that.
      const isFaster = (more * 1_000) / overMs > (perSecond() ?? Number.POSITIVE_INFINITY)
      if (wasBusy || isFaster) count(more, overMs)
    },
    waiting: () => last?.waiting ?? 0,
    /** Undefined until it was busy once; never 0. */
    perSecond,
  }
}
export type Drain = ReturnType<typeof createDrain>
