/** Work of which only so much is under way at once: who adds a piece waits for room, not for its end. */
export type Lanes = {
  /** Begins a piece as soon as there is room. Throws what an earlier one threw. */
  add(work: () => Promise<unknown>): Promise<void>
  /** Waits for all that began, and throws what the first of them threw. */
  end(): Promise<void>
}

export function createLanes(atOnceMax: number): Lanes {
  const underWay: Promise<unknown>[] = []
  return {
    async add(work) {
      if (underWay.length === atOnceMax) await underWay.shift()
      const piece = work()
      piece.catch(() => {}) // told when its turn comes, or at the end
      underWay.push(piece)
    },
    async end() {
      const all = underWay.splice(0)
      await Promise.allSettled(all)
      await Promise.all(all)
    },
  }
}
