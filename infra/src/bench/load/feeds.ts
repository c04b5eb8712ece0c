/** Says when requests arrive. */
export type Feed = {
  start(nowMs: number): void
  /** When the next request arrived; undefined when none is there. */
  take(nowMs: number): number | undefined
  hasWaiting(): boolean
  isOver(nowMs: number): boolean
}

/** Closed model: each connection sends the next request as soon as it has its answer. */
export function answerDriven(spanMs: number): Feed {
  let endsAt = 0
  const isOver = (nowMs: number) => nowMs >= endsAt
  return {
    start: (nowMs) => {
      endsAt = nowMs + spanMs
    },
    take: (nowMs) => (isOver(nowMs) ? undefined : nowMs),
    hasWaiting: () => false,
    isOver,
  }
}

/**
 * Open model: requests arrive evenly, as finely as the generator looks at its clock, and wait for a
 * free connection. A slow server does not make them come later.
 */
export function paced(spanMs: number, perSecond: number): Feed {
  const waiting: number[] = []
  let next = 0
  let startedAt = 0

  const arrive = (nowMs: number) => {
    const due = Math.floor((Math.min(nowMs - startedAt, spanMs) * perSecond) / 1_000)
    while (waiting.length < due) waiting.push(nowMs)
  }
  return {
    start: (nowMs) => {
      startedAt = nowMs
    },
    take: (nowMs) => {
      arrive(nowMs)
      return next < waiting.length ? waiting[next++] : undefined
    },
    hasWaiting: () => next < waiting.length,
    isOver: (nowMs) => nowMs >= startedAt + spanMs,
  }
}

/** The same, but a request arrives at the very moment it is due, whenever the generator looks. */
export function due(spanMs: number, perSecond: number): Feed {
  const count = Math.floor((spanMs * perSecond) / 1_000)
  const everyMs = 1_000 / perSecond
  let startedAt = 0
  let next = 0
  const dueAt = () => startedAt + next * everyMs
  const isWaiting = (nowMs: number) => next < count && dueAt() <= nowMs
  return {
    start: (nowMs) => {
      startedAt = nowMs
    },
    take(nowMs) {
      if (!isWaiting(nowMs)) return undefined
      const arrivedAtMs = dueAt()
      next++
      return arrivedAtMs
    },
    hasWaiting: () => isWaiting(performance.now()),
    isOver: (nowMs) => nowMs >= startedAt + spanMs,
  }
}
