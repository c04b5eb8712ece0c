import type { Queue } from '@flashsale/contracts/http/inventory.ts'

const SECONDS_MAX = 60 // nobody is told to stay away for longer

/** What was told of the queue behind a 202, as the road of a purchase needs it. */
export type QueueTold = {
  /** Nothing more is taken: only who may have an order is still passed on. */
  isClosed: boolean
  /** Worth asking for an order, or trying again: 1 to 60. */
  pollAfterSeconds: number
  retryAfterSeconds: number
}
export const NO_QUEUE: QueueTold = { isClosed: false, pollAfterSeconds: 1, retryAfterSeconds: 1 }

/** An older inventory tells nothing: then there is no queue that anybody knows of. */
export function queueTold(queue: Queue | undefined): QueueTold {
  if (!queue) return NO_QUEUE
  return {
    isClosed: !queue.isOpen,
    pollAfterSeconds: secondsOf(queue.waitMs),
    retryAfterSeconds: secondsOf(queue.retryAfterMs),
  }
}

const secondsOf = (ms: number) => Math.min(SECONDS_MAX, Math.max(1, Math.ceil(ms / 1_000)))
