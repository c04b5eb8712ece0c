import type { TestContext } from 'node:test'
import { Client, type QueryResultRow } from 'pg'

export type Sql = Awaited<ReturnType<typeof connectSql>>

/** A connection of the test's own to one of a system's databases. */
export async function connectSql(t: TestContext, url: string) {
  const client = new Client({ connectionString: url })
  client.on('error', () => {}) // the database is dropped under it at the end
  await client.connect()
  t.after(() => client.end())
  return async <Row extends QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]> =>
    (await client.query<Row>(text, values)).rows
}

/** Live units of a sale, in the ledger's own words. */
export const liveUnits = (sql: Sql, saleId: string) =>
  sql<{ unit: number; orderId: string; buyerId: string }>(
    `select unit, order_id as "orderId", buyer_id as "buyerId"
     from hold_units where sale_id = $1 and live`,
    [saleId],
  )

/**
 * Keeps the ledger writer waiting at the fence (R2) until the returned function is called: what is
 * taken meanwhile stays in the stream. No transaction id is taken by this lock: one would hold back
 * the relays of all tests on this Postgres.
 */
export async function holdFence(sql: Sql) {
  await sql('begin')
  await sql('lock table segments in exclusive mode')
  return async () => void (await sql('rollback'))
}
