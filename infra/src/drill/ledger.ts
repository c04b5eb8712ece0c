import { Client } from 'pg'
import type { Database } from '../stack/settings.ts'
import type { Stack } from '../stack/stack.ts'

const timeoutMs = 5_000

/** Those of these orders that the ledger has a hold of; a refusal on record is none. */
export async function ordersInLedger(
  stack: Stack,
  orderIds: readonly string[],
): Promise<Set<string>> {
  const rows = await ask<{ order_id: string }>(
    stack,
    "select order_id from holds where order_id = any($1::uuid[]) and state <> 'refused'",
    [orderIds],
  )
  return new Set(rows.map((row) => row.order_id))
}

/** Units that are free in the ledger, and of which Redis has still to be told. */
export async function openReturns(stack: Stack): Promise<{ orderId: string; unit: number }[]> {
  return await ask(
    stack,
    'select order_id as "orderId", unit from returns where done_at is null',
    [],
  )
}

/** Whether each of these units has been given back since. */
export async function returnsDone(
  stack: Stack,
  returns: readonly { orderId: string; unit: number }[],
): Promise<boolean> {
  const open = await openReturns(stack)
  const names = new Set(open.map(({ orderId, unit }) => `${orderId} ${unit}`))
  return returns.every(({ orderId, unit }) => !names.has(`${orderId} ${unit}`))
}

export async function ledgerEpochs(
  stack: Stack,
  saleIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await ask<{ id: string; epoch: number }>(
    stack,
    'select sale_id as id, epoch::int from segments where sale_id = any($1::uuid[])',
    [saleIds],
  )
  return new Map(rows.map(({ id, epoch }) => [id, epoch]))
}

/** The rows of one statement in the database of a service, past every proxy. */
export async function ask<Row extends object>(
  { addresses }: Stack,
  text: string,
  values: unknown[],
  database: Database = 'inventory',
): Promise<Row[]> {
  const client = new Client({
    connectionString: addresses.databases[database].url,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  })
  client.on('error', () => {}) // the query fails with it
  await client.connect()
  try {
    return (await client.query<Row>(text, values)).rows
  } finally {
    await client.end()
  }
}
