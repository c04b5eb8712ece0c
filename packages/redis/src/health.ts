import type { Redis } from 'ioredis'

const TICK_MS = 25
const SILENT_AFTER_TICKS = 6 // 150 ms without an answer: nothing more is sent
const GIVE_UP_AFTER_TICKS = 30 // 750 ms: what was sent is given up; on a busy machine it comes earlier
const PROBE_EVERY_TICKS = 4

/** What was sent and not answered in time: maybe it ran, or still will (P8). */
export class RedisSilent extends Error {
  constructor() {
    super(`Redis did not answer within ${TICK_MS * GIVE_UP_AFTER_TICKS} ms`)
    this.name = 'RedisSilent'
  }
}

export type RedisHealth = {
  /** False while Redis is not connected, or is silent: whoever sends would only wait. */
  answers(): boolean
  /** Throws `RedisSilent` after 750 ms. */
  ask<T>(send: () => Promise<T>): Promise<T>
  /** Throws it as soon as Redis is found silent: for what is read, and is worth something only now. */
  glance<T>(send: () => Promise<T>): Promise<T>
}

type Asked = { atTick: number; patienceTicks: number; giveUp: (error: Error) => void }

/**
 * Finds out within 150 ms that a Redis does not answer, whether it is frozen or behind a line that
 * swallows everything, and heals by itself. Time is counted in rounds of our own event loop in which
 * answers could have been read: a process that was too busy to look does not blame Redis.
 */
export function watchHealth(redis: Redis): RedisHealth {
  const asked = new Set<Asked>() // in order of sending
  let tick = 0
  let silentSinceTick: number | undefined
  let probing = false
  let timer: NodeJS.Timeout | undefined

  const probe = () => {
    probing = true
    redis
      .ping()
      .then(
        () => {
          silentSinceTick = undefined
        },
        () => {}, // not connected, or given up after its time: the next one is on its way
      )
      .finally(() => {
        probing = false
      })
  }
  const giveUpOld = () => {
    for (const one of asked) {
      if (tick - one.atTick < one.patienceTicks) continue
      asked.delete(one)
      one.giveUp(new RedisSilent())
    }
  }
  const look = () => {
    tick++
    const [oldest] = asked
    if (oldest && tick - oldest.atTick >= SILENT_AFTER_TICKS) silentSinceTick ??= tick
    giveUpOld()
    if (silentSinceTick === undefined) {
      if (asked.size === 0) stop()
      return
    }
    if (!probing && (tick - silentSinceTick) % PROBE_EVERY_TICKS === 0) probe()
  }
  const start = () => {
    // Timers run before sockets are read: only after the second round has every answer been seen.
    const afterReading = () => setImmediate(() => setImmediate(look))
    timer ??= setInterval(afterReading, TICK_MS).unref()
  }
  const stop = () => {
    clearInterval(timer)
    timer = undefined
  }

  const ask = <T>(send: () => Promise<T>, patienceTicks: number): Promise<T> => {
    start()
    return new Promise<T>((resolve, reject) => {
      const one: Asked = { atTick: tick, patienceTicks, giveUp: reject }
      asked.add(one)
      const answered = (value: T) => {
        silentSinceTick = undefined
        resolve(value) // after `giveUp` it does not count
      }
      send()
        .then(answered, reject)
        .finally(() => asked.delete(one))
    })
  }

  return {
    answers: () => silentSinceTick === undefined && redis.status === 'ready',
    ask: (send) => ask(send, GIVE_UP_AFTER_TICKS),
    glance: (send) => ask(send, SILENT_AFTER_TICKS),
  }
}
