import { deadTopic } from '@flashsale/contracts/topics.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import { type Read, storable } from './read-message.ts'

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
export async function bury(tx: Tx, group: string, { message, event }: Read, why: string) {
  const { topic, key } = message
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
    values: [
      event.id,
      deadTopic(topic),
      key,
      event.type,
      jsonOrText(message.value),
      JSON.stringify(headers),
    ],
  })
  const remember = 'insert into dead_keys (topic, key) values ($1, $2) on conflict do nothing'
  await tx.query(remember, [topic, key])
}

/** The value is kept whatever it is: what jsonb can't hold goes as base64. */
function jsonOrText(value: string) {
  try {
    JSON.parse(value)
    if (!value.includes('\\u0000')) return value
  } catch {}
  return JSON.stringify({ base64: Buffer.from(value).toString('base64') })
}
