/**
 * Pauses of thousands of buyers at once, all ended together when time is up. (That many listeners on
 * one AbortSignal would take longer than the sale.)
 */
export function createTime() {
  const pausing = new Set<() => void>()
  let up = false

  return {
    isUp: () => up,
    pause(ms: number): Promise<void> {
      if (up || ms <= 0) return Promise.resolve()
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer)
          pausing.delete(done)
          resolve()
        }
        const timer = setTimeout(done, ms)
        pausing.add(done)
      })
    },
    end(): void {
      up = true
      for (const done of [...pausing]) done()
    },
  }
}
export type Time = ReturnType<typeof createTime>
