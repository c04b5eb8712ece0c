import type { IncomingHttpHeaders } from 'node:http'
import { Pool } from 'undici'

const CONNECT_TIMEOUT_MS = 1_000
const ANSWER_BYTES_MAX = 64 * 1024 * 1024 // a day's statement of a bank is the largest
const ASK_AGAIN_EVERY_MS = 500
const AVOIDED_MS = 500
const ALIVE_PATH = '/healthz'

export type Instance = {
  readonly pool: Pool
  /** Path of its base URL. */
  readonly prefix: string
  openCalls: number
  /** It refused, broke a connection, let a call run out of time or is ending; not fine since. */
  leftOut: boolean
  /** Until then it comes after those that can do what is asked. Of the process' monotonic clock. */
  avoidedUntilMs: number
}

/**
 * The instances of one service, of a list parted by commas. Calls go to the one with the fewest open
 * calls, so that one which hangs collects few. One that failed is left out until it answers again,
 * which is found out beside the calls: none of them is spent on a guess.
 */
export function createInstances(baseUrls: string, connections: number) {
  const all = baseUrls.split(',').map((url) => connect(url.trim(), connections))
  const timers = new Set<NodeJS.Timeout>()
  let turn = 0

  const askLater = (instance: Instance) => {
    const timer = setTimeout(async () => {
      timers.delete(timer)
      if (await isAlive(instance)) instance.leftOut = false
      else if (!instance.pool.destroyed) askLater(instance)
    }, ASK_AGAIN_EVERY_MS)
    timers.add(timer.unref())
  }

  return {
    /** Those left out come last; undefined when each was tried. */
    choose(tried: ReadonlySet<Instance>): Instance | undefined {
      turn = (turn + 1) % all.length
      const inTurn = [...all.slice(turn), ...all.slice(0, turn)]
      let best: Instance | undefined
      for (const one of inTurn) {
        if (!tried.has(one) && (!best || isBetter(one, best))) best = one
      }
      return best
    },
    leaveOut(instance: Instance) {
      if (instance.leftOut || all.length === 1) return
      instance.leftOut = true
      askLater(instance)
    },
    avoid(instance: Instance) {
      instance.avoidedUntilMs = performance.now() + AVOIDED_MS
    },
    async close() {
      for (const timer of timers) clearTimeout(timer)
      await Promise.all(all.map(({ pool }) => pool.destroy()))
    },
  }
}

function isBetter(one: Instance, other: Instance): boolean {
  if (one.leftOut !== other.leftOut) return other.leftOut
  const now = performance.now()
  const [avoided, otherAvoided] = [one.avoidedUntilMs > now, other.avoidedUntilMs > now]
  return avoided === otherAvoided ? one.openCalls < other.openCalls : otherAvoided
}

function connect(url: string, connections: number): Instance {
  const { origin, pathname } = new URL(url)
  const pool = new Pool(origin, {
    connections,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    maxResponseSize: ANSWER_BYTES_MAX,
  })
  return {
    pool,
    prefix: pathname.replace(/\/$/, ''),
    openCalls: 0,
    leftOut: false,
    avoidedUntilMs: 0,
  }
}

/** It closes what it answers on: asked to end, it still answers, and a call later would find it gone. */
export const isLeaving = (headers: IncomingHttpHeaders) => headers.connection === 'close'

/** Whatever it says: it answers, and will go on. */
async function isAlive({ pool, prefix }: Instance): Promise<boolean> {
  const signal = AbortSignal.timeout(ASK_AGAIN_EVERY_MS)
  try {
    const wanted = { method: 'GET', path: prefix + ALIVE_PATH, signal } as const
    const { headers, body } = await pool.request(wanted)
    await body.dump()
    return !isLeaving(headers)
  } catch {
    return false
  }
}
