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
  const line: (() => void)[] = []

  const give = () => {
    const next = line.shift()
    if (next) next()
    else taken--
  }
  const wait = async () => {
    const sinceMs = performance.now()
    await new Promise<void>((resolve) => line.push(resolve))
    return performance.now() - sinceMs
  }

  return {
    /** False when the line is too long, or was too slow; who gets a turn has to give it back. */
    async take(): Promise<boolean> {
      if (taken < atOnceMax) {
        taken++
        return true
      }
      if (line.length >= waitingMax) return false
      if ((await wait()) <= waitMsMax) return true
      give()
      return false
    },
    give,
  }
}
export type Turns = ReturnType<typeof createTurns>
