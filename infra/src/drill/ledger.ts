import { Client } from 'pg'
import type { Stack } from '../stack/stack.ts'

const timeoutMs = 5_000

/** Those of these orders that the ledger has a hold of; a refusal on record is none. */
export async function ordersInLedger(
  { addresses }: Stack,
  orderIds: readonly string[],
): Promise<Set<string>> {
  const client = new Client({
    connectionString: addresses.databases.inventory.url,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query<{ order_id: string }>(
      "select order_id from holds where order_id = any($1::uuid[]) and state <> 'refused'",
      [orderIds],
    )
    return new Set(rows.map((row) => row.order_id))
  } finally {
    await client.end()
  }
}
