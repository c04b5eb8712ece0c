const BUSY_MS = 3_000 // a rush that is over by then only waits in line: it is what a flash sale is
const IDLE_SHARE_BUSY = 0.05 // of that time at most: one that is held back waits for events now and then, too
const CALM_MS = 1_000 // without a refusal, or with time to spare, and it is over
const IDLE_SHARE_CALM = 0.1 // of the time since the last look
const WINDOW_MS = 200
const REFUSED_SHARE_MAX = 0.25 // of those taken: what refusing costs is not there to sell with
const REFUSED_SHARE_LOW = 0.05
const SECONDS_MAX = 16
const SECONDS_SHRINK = 0.75 // each window: from most to least in two seconds
const PLACES_MS = 40 // what is taken in that time may be at inventory at once
const PLACES_MIN = 96 // fewer share a call worse

type Look = { nowMs: number; idleShare: number; waiting: number; isFull?: boolean }

/**
 * Whether more comes than this process has CPU for. Then nobody joins the line any more, and whoever finds
 * no room is sent away before anything of the request is read. Those in line keep their turn: all of them
 * sent away at once would come back at once. A refusal costs a good part of a purchase:
 * the more of them there are, the longer those who are refused are told to stay away.
 */
export function createShedding() {
  let line: { sinceMs: number; idleMs: number } | undefined
  let lookedAtMs: number | undefined
  let calmSinceMs: number | undefined
  let refusedAtMs = Number.NEGATIVE_INFINITY
  let isOver = false
  let seconds = 1
  let places = Number.POSITIVE_INFINITY
  let window = { fromMs: 0, taken: 0, refused: 0 }

  /** Whether at every look somebody stood in line, with no time to spare, for so long or until it was full. */
  const isTooMuch = ({ nowMs, idleShare, waiting, isFull = false }: Look): boolean => {
    const passedMs = nowMs - (lookedAtMs ?? nowMs)
    lookedAtMs = nowMs
    if (waiting === 0) line = undefined
    else if (!line) line = { sinceMs: nowMs, idleMs: 0 }
    else line.idleMs += idleShare * passedMs
    if (!line) return false
    const stoodMs = nowMs - line.sinceMs
    if (line.idleMs > IDLE_SHARE_BUSY * Math.max(BUSY_MS, stoodMs)) line = undefined
    return line !== undefined && (stoodMs >= BUSY_MS || (isFull && idleShare < IDLE_SHARE_BUSY))
  }
  const endWindow = (nowMs: number) => {
    if (nowMs - window.fromMs < WINDOW_MS) return
    const { taken, refused } = window
    places = Math.max(PLACES_MIN, Math.round((taken * PLACES_MS) / (nowMs - window.fromMs)))
    const tooMany = refused / Math.max(1, REFUSED_SHARE_MAX * taken)
    if (tooMany > 1) seconds = Math.min(SECONDS_MAX, Math.max(2 * seconds, tooMany))
    else if (refused < REFUSED_SHARE_LOW * taken) seconds = Math.max(1, seconds * SECONDS_SHRINK)
    window = { fromMs: nowMs, taken: 0, refused: 0 }
  }
  return {
    isOver: () => isOver,
    /** How many may be at inventory: with more of them each only waits longer for its answer to be read. */
    placesMax: () => places,
    /** At short intervals. */
    look(seen: Look): void {
      const { nowMs, idleShare } = seen
      const wasOver = isOver
      if (idleShare < IDLE_SHARE_CALM) calmSinceMs = undefined
      else calmSinceMs ??= nowMs
      const hasTime = calmSinceMs !== undefined && nowMs - calmSinceMs >= CALM_MS
      isOver = isTooMuch(seen) || (wasOver && !hasTime && nowMs - refusedAtMs < CALM_MS)
      if (isOver && !wasOver) {
        refusedAtMs = nowMs // who is refused by it comes after this look
        window = { fromMs: nowMs, taken: 0, refused: 0 }
      }
      if (isOver) endWindow(nowMs)
      else [seconds, places] = [1, Number.POSITIVE_INFINITY]
    },
    noteTaken(): void {
      window.taken++
    },
    /** For how many seconds this one shall stay away; not all the same, or they come back together. */
    refuse(nowMs: number, random: number): number {
      refusedAtMs = nowMs
      window.refused++
      const whole = Math.round(seconds)
      return whole + Math.floor(random * (whole + 1))
    },
  }
}
export type Shedding = ReturnType<typeof createShedding>
