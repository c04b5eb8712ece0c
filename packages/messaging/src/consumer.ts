import type { EventDefinition, EventOf } from '@flashsale/contracts/define-event.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import type { z } from 'zod'

type Context = { tx: Tx }

/** Any event, to those that pass it on without looking into it. */
export type AnyEvent = Omit<EventOf<EventDefinition>, 'data'> & { data: unknown }

export type Consumer = {
  type: string
  version: number
  topic: string
  /** The order that an event tells of. */
  order(event: AnyEvent): string | undefined
  /** Throws when the data is not what the event's contract says. */
  parse(data: unknown): unknown
  handle(context: Context, events: AnyEvent[]): Promise<unknown>
  onDead(context: Context, event: AnyEvent): Promise<unknown>
}

type Options<Data> = {
  /**
   * Runs in the transaction that puts an event among the dead, so that what it promised has an end.
   * `data` is undefined when it could not be read: then the event is known by its key alone.
   */
  onDead?: (context: Context, event: AnyEvent & { data: Data | undefined }) => Promise<unknown>
}

/**
 * Handles events of one type. They come in batches, each event once, those of one key in the order
 * written; all that `handle` does through `tx` commits with the inbox, or not at all.
 */
export function consumer<Data extends z.ZodType>(
  event: EventDefinition<Data>,
  handle: (context: Context, events: EventOf<EventDefinition<Data>>[]) => Promise<unknown>,
  { onDead = async () => {} }: Options<z.infer<Data>> = {},
): Consumer {
  const { type, version, topic } = event
  const parse = (data: unknown) => event.data.parse(data)
  // What `parse` let through is of the event's own type.
  const order = ({ key, data }: AnyEvent) =>
    event.order ? event.order(data as z.infer<Data>) : key
  return { type, version, topic, order, parse, handle, onDead } as Consumer
}
