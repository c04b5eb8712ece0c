import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { AnyEvent, Consumer } from './consumer.ts'

/** A message as it came, its topic without the prefix. */
export type Incoming = {
  topic: string
  partition: number
  offset: string
  /** When its producer sent it, by the producer's clock. */
  sentAtMs: number
  key: string
  value: string
  headers: Record<string, string>
}
/** What it says: an event for `consumer`, or why nobody can tell, and whose it would be. */
export type Read = { message: Incoming; event: AnyEvent } & (
  | { consumer: Consumer; unreadable?: never }
  | { consumer: Consumer | undefined; unreadable: string }
)

const Headers = z.object({
  id: z.uuid().transform((id) => id.toLowerCase()), // as Postgres will give it back
  type: z.string(),
  version: z.coerce.number().int(),
  'occurred-at': z.iso
    .datetime({ offset: true })
    .transform((time) => new Date(time))
    .pipe(z.date().min(new Date(0)).max(new Date('9999-12-31'))) // of times, Postgres knows fewer
    .transform((time) => time.toISOString()),
})

/** Undefined when it is of a type, or a version, that this service does not handle. */
export function readMessage(message: Incoming, consumers: Consumer[]): Read | undefined {
  const headers = Headers.safeParse(message.headers)
  if (!headers.success) {
    const { type, version } = message.headers
    const consumer = find(consumers, type, Number(version))
    return { message, consumer, event: asItCame(message), unreadable: headers.error.message }
  }
  const { id, type, version, 'occurred-at': occurredAt } = headers.data
  const consumer = find(consumers, type, version)
  if (!consumer) return undefined
  const event = { id, type, version, key: message.key, occurredAt }
  try {
    return {
      message,
      consumer,
      event: { ...event, data: consumer.parse(JSON.parse(message.value)) },
    }
  } catch (error) {
    return { message, consumer, event: { ...event, data: undefined }, unreadable: String(error) }
  }
}

const find = (consumers: Consumer[], type: string | undefined, version: number) =>
  consumers.find((one) => one.type === type && one.version === version)

/**
 * Postgres has no NUL in its texts, and no half characters in its JSON: a message with one would
 * never get past us, dead or alive.
 */
export const storable = (text: string) => text.toWellFormed().replaceAll('\0', '\ufffd')

/** Its place is its id, so that a second delivery is known to be one. */
function asItCame({ topic, partition, offset, key }: Incoming): AnyEvent {
  const place = createHash('sha256').update(`${topic}/${partition}/${offset}`).digest('hex')
  const id = place.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
  const occurredAt = new Date().toISOString()
  return { id, type: 'unreadable', version: 0, key, occurredAt, data: undefined }
}
