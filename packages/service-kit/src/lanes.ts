/** Work of which only so much is under way at once: who adds a piece waits for room, not for its end. */
export type Lanes = {
  /** Begins a piece as soon as there is room; one adds at a time. Throws what an earlier one threw. */
  add(work: () => Promise<unknown>): Promise<void>
  /** Waits for all that began, and throws what the first of them threw. */
  end(): Promise<void>
}

export function createLanes(atOnceMax: number): Lanes {
  const underWay = new Set<Promise<void>>()
  const faults: unknown[] = []
  const tell = () => {
    if (faults.length > 0) throw faults.splice(0)[0]
  }
  return {
    async add(work) {
      if (underWay.size === atOnceMax) await Promise.race(underWay)
      tell()
      const piece = work()
        .catch((fault) => faults.push(fault))
        .then(() => void underWay.delete(piece))
      underWay.add(piece)
    },
    async end() {
      await Promise.all(underWay)
      tell()
    },
  }
}
