const BUSY_MS = 3_000 // a rush that is over by then only waits in line: it is what a flash sale is
const DRAINED_SHARE = 0.75 // of the most who stood in line: fewer, and it gets shorter by itself
const IDLE_SHARE_BUSY = 0.05 // of that time at most: one that is held back waits for events now and then, too
const CALM_MS = 1_000 // without a refusal, or with time to spare, and it is over
const IDLE_SHARE_CALM = 0.1 // of the time since the last look
const WINDOW_MS = 200
const RATE_KEEPS = 0.7 // of what was known, with each window
const REFUSED_SHARE = 0.05 // of those taken: what refusing costs is not there to sell with
const SECONDS_MAX = 30
const TOLD_ON_AVERAGE = 1.5 // times as long

/** `begun`: turns at inventory until now. */
type Look = {
  nowMs: number
  idleShare: number
  waiting: number
  isFull?: boolean
  begun: number
}

/**
 * Whether more comes than this process has CPU for. Then nobody joins the line any more, and whoever finds
 * no room is sent away before anything of the request is read. Those in line keep their turn: all of them
 * sent away at once would come back at once. A refusal costs a good part of a purchase, and whoever is
 * refused comes back: all are told to stay away for so long that of those who are away few come back in
 * a second, beside those who are taken in it. With nobody who comes back there would be nobody to take.
 */
export function createShedding() {
  let line: { sinceMs: number; idleMs: number; most: number } | undefined
  let lookedAtMs: number | undefined
  let calmSinceMs: number | undefined
  let refusedAtMs = Number.NEGATIVE_INFINITY
  let isOver = false
  let perSecond = 0 // taken
  let window = { fromMs: 0, begun: 0 }
  const away = createAway()

  /**
   * Whether at every look somebody stood in line, with no time to spare, for so long or until it was full. A
   * line that gets shorter is no such: it is what a stall left (a full garbage collection takes seconds on a
   * share of a core), and ends by itself.
   */
  const isTooMuch = ({ nowMs, idleShare, waiting, isFull = false }: Look): boolean => {
    const passedMs = nowMs - (lookedAtMs ?? nowMs)
    lookedAtMs = nowMs
    if (waiting === 0) line = undefined
    else if (!line || waiting < DRAINED_SHARE * line.most)
      line = { sinceMs: nowMs, idleMs: 0, most: waiting }
    else line.idleMs += idleShare * passedMs
    if (!line) return false
    line.most = Math.max(line.most, waiting)
    const stoodMs = nowMs - line.sinceMs
    if (line.idleMs > IDLE_SHARE_BUSY * Math.max(BUSY_MS, stoodMs)) line = undefined
    return line !== undefined && (stoodMs >= BUSY_MS || (isFull && idleShare < IDLE_SHARE_BUSY))
  }
  const measure = ({ nowMs, begun }: Look) => {
    const passedMs = nowMs - window.fromMs
    if (passedMs < WINDOW_MS) return
    const now = ((begun - window.begun) * 1_000) / passedMs
    perSecond = RATE_KEEPS * perSecond + (1 - RATE_KEEPS) * now
    window = { fromMs: nowMs, begun }
  }
  return {
    isOver: () => isOver,
    /** At short intervals. */
    look(seen: Look): void {
      const { nowMs, idleShare } = seen
      const wasOver = isOver
      if (idleShare < IDLE_SHARE_CALM) calmSinceMs = undefined
      else calmSinceMs ??= nowMs
      const hasTime = calmSinceMs !== undefined && nowMs - calmSinceMs >= CALM_MS
      isOver = isTooMuch(seen) || (wasOver && !hasTime && nowMs - refusedAtMs < CALM_MS)
      if (isOver && !wasOver) refusedAtMs = nowMs // who is refused by it comes after this look
      measure(seen)
      away.takeBack(nowMs)
    },
    /** For how many seconds this one shall stay away; not all the same, or they come back together. */
    refuse(nowMs: number, random: number): number {
      refusedAtMs = nowMs
      const back = REFUSED_SHARE * perSecond * TOLD_ON_AVERAGE
      const whole = Math.round(Math.min(SECONDS_MAX, Math.max(1, away.count() / Math.max(1, back))))
      const seconds = whole + Math.floor(random * (whole + 1))
      away.add(nowMs, seconds)
      return seconds
    },
  }
}

/** How many were told to stay away and are not due yet. */
function createAway() {
  const due = new Map<number, number>() // by the second
  const secondOf = (ms: number) => Math.ceil(ms / 1_000)
  let count = 0
  return {
    count: () => count,
    add(nowMs: number, seconds: number) {
      const at = secondOf(nowMs) + seconds
      due.set(at, (due.get(at) ?? 0) + 1)
      count++
    },
    takeBack(nowMs: number) {
      for (const [at, those] of due) {
        if (at > secondOf(nowMs)) continue
        due.delete(at)
        count -= those
      }
    },
  }
}
export type Shedding = ReturnType<typeof createShedding>
