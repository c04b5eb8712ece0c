/** At most so many at once; the others wait in the order they came. */
export function createLanes(lanes: number) {
  const waiting: (() => void)[] = []
  let free = lanes

  async function inLane<T>(work: () => Promise<T>): Promise<T> {
    if (free > 0) free--
    else await new Promise<void>((go) => void waiting.push(go))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
  return Object.assign(inLane, { waiting: () => waiting.length })
}

export async function eachInLanes<T>(
  items: Iterable<T>,
  lanes: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]()
  const lane = async () => {
    for (let item = queue.next(); !item.done; item = queue.next()) await work(item.value)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}
