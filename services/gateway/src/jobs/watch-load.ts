import { performance } from 'node:perf_hooks'
import type { Turns } from '../clients/turns.ts'
import { createShedding } from '../domain/shedding.ts'
import { metrics } from '../metrics.ts'
import { createHeldBack } from './held-back.ts'

const LOOK_EVERY_MS = 100

/**
 * Looks at how busy the event loop is: it is the queue that a process without CPU has. One that is held
 * back is so inside its wait for events, too: that share of what seems idle is not.
 */
export function startLoadWatch(
  turns: Pick<Turns, 'waiting' | 'isFull' | 'begun'>,
  heldBack = createHeldBack(),
) {
  const shedding = createShedding()
  let before = performance.eventLoopUtilization()
  const look = () => {
    const now = performance.eventLoopUtilization()
    const { idle, active } = performance.eventLoopUtilization(now, before)
    before = now
    const idleShare = (idle / Math.max(1, idle + active)) * (1 - heldBack())
    const line = { waiting: turns.waiting(), isFull: turns.isFull(), begun: turns.begun() }
    shedding.look({ nowMs: performance.now(), idleShare, ...line })
    metrics.overloaded.set(shedding.isOver() ? 1 : 0)
  }
  const timer = setInterval(look, LOOK_EVERY_MS).unref()
  return { ...shedding, stop: () => clearInterval(timer) }
}
export type LoadWatch = ReturnType<typeof startLoadWatch>
