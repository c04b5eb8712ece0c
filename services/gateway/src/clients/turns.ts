type Limits = {
  /** How many have their turn at the same time. */
  atOnceMax: number
  waitingMax: number
  waitMsMax: number
}

/**
 * A line in front of something that does only so much at once. Waiting here costs an attempt nothing;
 * waiting in a connection pool would use up its short life, and leave its outcome unknown.
 */
export function createTurns({ atOnceMax, waitingMax, waitMsMax }: Limits) {
  let taken = 0
  const line = new Set<(hasTurn: boolean) => void>() // first come, first served; leaving is cheap

  const wait = () =>
    new Promise<boolean>((resolve) => {
      const end = (hasTurn: boolean) => {
        clearTimeout(timer)
        line.delete(end)
        resolve(hasTurn)
      }
      const timer = setTimeout(() => end(false), waitMsMax)
      line.add(end)
    })

  return {
    /** False when the line is too long, or was too slow; who gets a turn has to give it back. */
    async take(): Promise<boolean> {
      if (taken < atOnceMax) {
        taken++
        return true
      }
      return line.size < waitingMax && (await wait())
    },
    give() {
      const [next] = line
      if (next) next(true)
      else taken--
    },
  }
}
