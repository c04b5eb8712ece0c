import type { Queue } from '@flashsale/contracts/http/inventory.ts'
import { type Backlog, createDrain, UNDER_WAY_MAX } from './drain.ts'

/** What a hold passes until it is an order row, in this order. */
export const stages = ['ledger', 'outbox', 'order'] as const
export type Stage = (typeof stages)[number]

const OVERSHOOT_MAX = 1.25 // of that wait, in entries: a stream that could never be too long would close nothing
const REOPENS_AT = 0.8 // of the wait at which it closes, so that it doesn't flap

/** Of one stage; the rate is undefined until it was measured. */
export type StageFigures = { waiting: number; perSecond: number | undefined }
type Limits = { waitMsMax: number; streamEntriesMax: number }

/**
 * Whether more may be taken: closes before stock is taken when the queue behind a 202 would take longer
 * than `waitMsMax` to drain, and opens again by itself. While no rate is known it is open, and the length
 * of the stream is the only bound.
 */
export function createAdmission({ waitMsMax, streamEntriesMax }: Limits) {
  const drains = { ledger: createDrain(), outbox: createDrain(), order: createDrain() }
  let isOpen = true

  const waitMs = () => waitMsOf(stages.map((stage) => figuresOf(stage)))
  const figuresOf = (stage: Stage): StageFigures => ({
    waiting: drains[stage].waiting(),
    perSecond: drains[stage].perSecond(),
  })
  const judge = () => {
    const waiting = stages.reduce((sum, stage) => sum + drains[stage].waiting(), 0)
    const nowMs = waitMs()
    if (waiting < UNDER_WAY_MAX || nowMs < REOPENS_AT * waitMsMax) isOpen = true
    else if (nowMs > waitMsMax) isOpen = false
  }

  return {
    learn(stage: Stage, backlog: Backlog, atMs: number) {
      drains[stage].learn(backlog, atMs)
      judge()
    },
    figuresOf,
    /** For the gateways, which refuse by it without asking again. */
    queue(): Queue {
      const nowMs = waitMs()
      const shortAtMs = REOPENS_AT * waitMsMax
      const retryAfterMs = isOpen ? 0 : Math.max(0, nowMs - shortAtMs)
      return { waitMs: Math.round(nowMs), isOpen, retryAfterMs: Math.round(retryAfterMs) }
    },
    /**
     * Entries that a stream may hold for more to be taken, whatever gateways believe that have not heard
     * the news. 0 when closed: who has an order is still told so.
     */
    entriesMax(): number {
      if (!isOpen) return 0
      const perSecond = drains.ledger.perSecond()
      if (perSecond === undefined) return streamEntriesMax
      const worth = Math.floor((OVERSHOOT_MAX * perSecond * waitMsMax) / 1_000)
      return Math.min(streamEntriesMax, Math.max(UNDER_WAY_MAX, worth))
    },
  }
}
export type Admission = ReturnType<typeof createAdmission>

/**
 * Until the last hold of now is through. Stages work at the same time, and each has to take what waits in
 * front of it and before: the slowest of them decides. A rate that nobody knows holds nobody up.
 */
export function waitMsOf(figures: readonly StageFigures[]): number {
  let waiting = 0
  let longestMs = 0
  for (const stage of figures) {
    waiting += stage.waiting
    if (stage.perSecond) longestMs = Math.max(longestMs, (waiting * 1_000) / stage.perSecond)
  }
  return longestMs
}
