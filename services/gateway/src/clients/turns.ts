import { metrics } from '../metrics.ts'

type Limits = {
  /** How many have their turn at the same time. */
  atOnceMax: number
  /** In each line. */
  waitingMax: number
  waitMsMax: number
}
type End = (hasTurn: boolean) => void
/** Who waits, and whether it is in vain by now; first come, first served, and leaving is cheap. */
type Line = Map<End, () => boolean>

/**
 * Lines in front of something that does only so much at once. Waiting here costs an attempt nothing;
 * waiting in a connection pool would use up its short life, and leave its outcome unknown. Every sale
 * has a line of its own, and the lines are served in turn: a hot sale keeps only itself waiting.
 */
export function createTurns({ atOnceMax, waitingMax, waitMsMax }: Limits) {
  let taken = 0
  let begun = 0
  const lines = new Map<string, Line>() // the first one is served next; none is empty

  const wait = (sale: string, line: Line, isInVain: () => boolean) =>
    new Promise<boolean>((resolve) => {
      const end = (hasTurn: boolean) => {
        clearTimeout(timer)
        if (line.delete(end)) metrics.waiting.dec()
        if (line.size === 0) lines.delete(sale)
        resolve(hasTurn)
      }
      const timer = setTimeout(() => end(false), waitMsMax)
      line.set(end, isInVain)
      metrics.waiting.inc()
      lines.set(sale, line)
    })

  return {
    /** Whether the next one has a turn at once. */
    hasRoom: () => taken < atOnceMax,
    waiting: () => [...lines.values()].reduce((sum, { size }) => sum + size, 0),
    /** How many had a turn until now. */
    begun: () => begun,
    /** Whether one of the lines takes nobody any more. */
    isFull: () => [...lines.values()].some(({ size }) => size >= waitingMax),
    /** False when the sale's line is too long, or was too slow; who gets a turn has to give it back. */
    async take(sale: string, isInVain: () => boolean = () => false): Promise<boolean> {
      if (taken < atOnceMax) {
        taken++
        begun++
        return true
      }
      const line = lines.get(sale) ?? new Map()
      return line.size < waitingMax && (await wait(sale, line, isInVain))
    },
    give() {
      const [first] = lines
      if (!first) {
        taken--
        return
      }
      const [sale, line] = first
      lines.delete(sale)
      lines.set(sale, line) // behind the others
      const [next] = line.keys()
      begun++
      next?.(true)
    },
    /** Those who wait in vain leave now, and not when their turn comes. */
    sendAway() {
      for (const line of lines.values()) {
        for (const [end, isInVain] of line) if (isInVain()) end(false)
      }
    },
  }
}
export type Turns = ReturnType<typeof createTurns>
