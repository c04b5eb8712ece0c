import type { Backlog } from './drain.ts'

/** Of one stream: entries not on record yet, and orders ever made in this epoch. */
export type StreamLength = { stream: string; waiting: number; made: number }

/**
 * What all writers of all instances have to do, as the streams tell it: an order that was made and waits
 * in no stream any more is on record. A stream that is seen for the first time, such as that of a sale
 * which was rebuilt, only counts from then on.
 */
export function createLedgerBacklog() {
  let recorded = new Map<string, number>()
  let done = 0

  return (streams: readonly StreamLength[]): Backlog => {
    const now = new Map(streams.map(({ stream, made, waiting }) => [stream, made - waiting]))
    for (const [stream, count] of now) {
      done += Math.max(0, count - (recorded.get(stream) ?? count))
    }
    recorded = now
    return { waiting: streams.reduce((sum, { waiting }) => sum + waiting, 0), done }
  }
}
