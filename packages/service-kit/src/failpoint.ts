import { channel } from 'node:diagnostics_channel'

/** Where a drill may end or stop this process, by DESIGN.md section 7. */
export const failpoints = [
  'reserved', // units are taken in Redis, nobody was told
  'recorded', // the ledger has the holds, the stream still has the entries
  'published', // Kafka has the events, the outbox still has the rows
  'handled', // the consumer's transaction is committed, its offset is not
  'returning', // units are free in the ledger, Redis has still to be told
  'epoch-raised', // a rebuild has raised the fence and not read the ledger
  'staged', // a rebuild has written the next epoch's keys and not switched to them
] as const
export type Failpoint = (typeof failpoints)[number]

export const failpointChannel = (name: Failpoint) => channel(`flashsale:failpoint:${name}`)

const channels = new Map(failpoints.map((name) => [name, failpointChannel(name)]))

/**
 * Nothing but a look at a flag, unless a drill has put a subscriber into this process from outside. A
 * subscriber acts while this call runs, so that what comes after it has not begun.
 */
export function failpoint(name: Failpoint): void {
  const at = channels.get(name)
  if (at?.hasSubscribers) at.publish(undefined)
}
