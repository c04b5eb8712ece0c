import { Pool } from 'pg'
import { asSuperuser, superuserUrl } from './superuser.ts'
import type { World } from './world.ts'

/** What Postgres itself can do with the same rows, in tables of the same shape. */
const schema = 'bench'
const tables = ['holds', 'hold_units', 'outbox'] as const
const rowsOf: Record<(typeof tables)[number], string> = {
  holds: 'select * from holds where sale_id = $sale',
  hold_units: 'select * from hold_units where sale_id = $sale',
  outbox: `select outbox.* from outbox join holds on aggregateid = order_id::text
           where sale_id = $sale`,
}
const clients = 16

/** Holds a second when all rows of a sale come by one COPY a table, from the server's own files. */
export async function copyPerSecond(world: World, saleId: string): Promise<number> {
  return await asSuperuser(world, async (client) => {
    const { rows } = await client.query<{ folder: string }>(
      "select current_setting('data_directory') as folder",
    )
    const file = (table: string) => client.escapeLiteral(`${rows[0]?.folder}/bench-${table}.copy`)
    await client.query(`drop schema if exists ${schema} cascade; create schema ${schema}`)
    for (const table of tables) {
      await client.query(`create table ${schema}.${table} (like public.${table} including all)`)
      const select = rowsOf[table].replace('$sale', client.escapeLiteral(saleId))
      await client.query(`copy (${select}) to ${file(table)}`)
    }
    await client.query('checkpoint')
    const startedAt = performance.now()
    await client.query('begin')
    let holds = 0
    for (const table of tables) {
      const { rowCount } = await client.query(`copy ${schema}.${table} from ${file(table)}`)
      if (table === 'holds') holds = rowCount ?? 0
    }
    await client.query('commit')
    const seconds = (performance.now() - startedAt) / 1_000
    await client.query(`drop schema ${schema} cascade`)
    return holds / seconds
  })
}

/** Holds a second when each is a commit of its own, from several connections at once. */
export async function singleCommitsPerSecond(world: World, spanMs: number): Promise<number> {
  const table = 'single_holds'
  await asSuperuser(world, (client) =>
    client.query(`drop table if exists ${table}; create table ${table} (like holds including all)`),
  )
  const connectionString = superuserUrl(world.stack.addresses)
  const pool = new Pool({ connectionString, max: clients })
  const insert = {
    name: 'single-hold',
    text: `insert into ${table} (order_id, sale_id, segment, buyer_id, units, epoch, state, held_at)
           values (gen_random_uuid(), $1, 0, $2, '{1}', 1, 'held', now())`,
  }
  const saleId = '00000000-0000-4000-8000-000000000000'
  let count = 0
  const lane = async (endsAt: number) => {
    while (performance.now() < endsAt) {
      await pool.query({ ...insert, values: [saleId, `buyer-${count}`] })
      count++
    }
  }
  await Promise.all(Array.from({ length: clients }, () => pool.query('select 1'))) // connected
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: clients }, () => lane(startedAt + spanMs)))
  const seconds = (performance.now() - startedAt) / 1_000
  await pool.end()
  await asSuperuser(world, (client) => client.query(`drop table ${table}`))
  return count / seconds
}
