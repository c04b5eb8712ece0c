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
  type Waiting = (hasTurn: boolean) => void
  const line = new Map<Waiting, () => boolean>() // first come, first served; leaving is cheap

  const wait = (isInVain: () => boolean) =>
    new Promise<boolean>((resolve) => {
      const end = (hasTurn: boolean) => {
        clearTimeout(timer)
        line.delete(end)
        resolve(hasTurn)
      }
      const timer = setTimeout(() => end(false), waitMsMax)
      line.set(end, isInVain)
    })

  return {
    /** False when the line is too long, or was too slow; who gets a turn has to give it back. */
    async take(isInVain: () => boolean = () => false): Promise<boolean> {
      if (taken < atOnceMax) {
        taken++
        return true
      }
      return line.size < waitingMax && (await wait(isInVain))
    },
    give() {
      const [next] = line.keys()
      if (next) next(true)
      else taken--
    },
    /** Those who wait in vain leave now, and not when their turn comes. */
    sendAway() {
      for (const [end, isInVain] of line) if (isInVain()) end(false)
    },
  }
}
