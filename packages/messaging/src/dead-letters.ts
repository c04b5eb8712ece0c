import { deadTopic } from '@flashsale/contracts/topics.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import { type Read, storable } from './read-message.ts'

const KEPT_MAX_BYTES = 500_000 // with base64 still a message; the whole one lies where it came from
// JSON that jsonb may refuse: a NUL, half a character, a number without bounds.
const DOUBTFUL = /\\u0000|\\ud[89a-f]|[:,[]\s*-?[\d.]+e[+-]?\d{5}/i

/** The keys among `keys` that have a dead event: what comes later waits behind it. */
export async function deadKeys(tx: Tx, topic: string, keys: string[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ key: string }>({
    name: 'dead-keys',
    text: 'select key from dead_keys where topic = $1 and key = any($2::text[])',
    values: [topic, keys],
  })
  return new Set(rows.map((row) => row.key))
}

/** Goes to `<topic>.dead` through the outbox, with why and where; its key is dead from now on. */
export async function bury(tx: Tx, group: string, read: Read, why: string) {
  const { message, event } = read
  const { topic } = message
  const key = storable(message.key)
  const headers = {
    ...message.headers,
    'dead-group': group,
    'dead-reason': storable(why.slice(0, 1_000)),
    'dead-from': `${topic}/${message.partition}/${message.offset}`,
  }
  await tx.query({
    name: 'bury',
    text: `insert into outbox (id, aggregatetype, aggregateid, type, payload, headers)
           values ($1, $2, $3, $4, $5::jsonb, $6::jsonb)`,
    values: [event.id, deadTopic(topic), key, event.type, payloadOf(read), JSON.stringify(headers)],
  })
  const remember = `insert into dead_keys as d (topic, key) values ($1, $2)
                    on conflict (topic, key) do update set letters = d.letters + 1`
  await tx.query(remember, [topic, key])
}

/** How many events are buried under this key, with every other burial kept out; 0 when it lives. */
export async function lockLetters(tx: Tx, topic: string, key: string): Promise<number> {
  const text = 'select letters from dead_keys where topic = $1 and key = $2 for update'
  const { rows } = await tx.query<{ letters: number }>(text, [topic, key])
  return rows[0]?.letters ?? 0
}

/** Only what could be read is kept as JSON; base64 can be stored whatever the value is. */
function payloadOf({ message: { value }, unreadable }: Read) {
  const bytes = Buffer.from(value)
  const isPlain = bytes.length <= KEPT_MAX_BYTES && !DOUBTFUL.test(value)
  if (unreadable === undefined && isPlain) return value
  return JSON.stringify({ base64: bytes.subarray(0, KEPT_MAX_BYTES).toString('base64') })
}
