type Limits = {
  atOnceMax: number
  waitingMax: number
  /** Told how many wait, each time that changes. */
  onWaiting?: (count: number) => void
}
type Entry = (isIn: boolean) => void
export type Bulkhead = ReturnType<typeof createBulkhead>

/**
 * Room for so many calls at once, and a line of so many in front of it, first come, first served. What
 * one slow peer can hold is bounded, and who waits leaves when its own time is over.
 */
export function createBulkhead({ atOnceMax, waitingMax, onWaiting = () => {} }: Limits) {
  const line = new Set<Entry>()
  let inside = 0

  const wait = (waitMsMax: number) =>
    new Promise<boolean>((resolve) => {
      const enter: Entry = (isIn) => {
        clearTimeout(timer)
        line.delete(enter)
        onWaiting(line.size)
        resolve(isIn)
      }
      const timer = setTimeout(enter, waitMsMax, false)
      line.add(enter)
      onWaiting(line.size)
    })

  return {
    /** False when the line is full, or was too slow; who is in has to leave. */
    async enter(waitMsMax: number): Promise<boolean> {
      if (inside < atOnceMax) {
        inside++
        return true
      }
      return line.size < waitingMax && (await wait(waitMsMax))
    },
    leave() {
      const [next] = line
      if (next) next(true)
      else inside--
    },
  }
}
