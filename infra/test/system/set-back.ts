import type { TestContext } from 'node:test'
import type { System } from '@flashsale/test-kit/system.ts'
import { Client } from 'pg'

type Rows = { table: string; rows: string }[]
const STAYS = ['timeline', 'migrations']

/**
 * What an asynchronous standby would have had: each database at a moment of its own, read while the
 * system works, and put back when all of it has gone on.
 */
export async function rememberDatabases(t: TestContext, { dbUrls }: System) {
  const urls = Object.values(dbUrls)
  const memories = await Promise.all(urls.map((url) => withClient(url, remember)))
  return {
    /** While no service runs. They see that their Postgres is another one: its timeline is new. */
    async putBack() {
      for (const [i, url] of urls.entries()) {
        await withClient(url, (client) => putBack(client, memories[i] as Rows))
      }
      t.diagnostic('the databases are set back')
    },
  }
}

async function remember(client: Client): Promise<Rows> {
  await client.query('begin isolation level repeatable read read only')
  const { rows: tables } = await client.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public'`,
  )
  const memory: Rows = []
  for (const { name } of tables.filter((one) => !STAYS.includes(one.name))) {
    const all = `select coalesce(jsonb_agg(to_jsonb(t)), '[]')::text as rows from ${name} t`
    const { rows } = await client.query<{ rows: string }>(all)
    memory.push({ table: name, rows: rows[0]?.rows ?? '[]' })
  }
  await client.query('commit')
  return memory
}

async function putBack(client: Client, memory: Rows): Promise<void> {
  await client.query('begin')
  // Rows that no statement may take away are lost with their disk all the same.
  const guard = async (how: 'disable' | 'enable') => {
    for (const { table } of memory) await client.query(`alter table ${table} ${how} trigger user`)
  }
  await guard('disable')
  await client.query(`truncate ${memory.map(({ table }) => table).join(', ')} cascade`)
  let waiting = memory
  while (waiting.length > 0) {
    const late: Rows = []
    for (const one of waiting) if (!(await fill(client, one))) late.push(one)
    if (late.length === waiting.length) throw new Error('tables that wait for each other')
    waiting = late
  }
  await guard('enable')
  await client.query(`update timeline set accepted = '1/00000000'`)
  await client.query('commit')
}

/** False while the rows that it points at are not there. */
async function fill(client: Client, { table, rows }: Rows[number]): Promise<boolean> {
  await client.query('savepoint one')
  try {
    await client.query(
      `insert into ${table} overriding system value
       select * from jsonb_populate_recordset(null::${table}, $1::jsonb)`,
      [rows],
    )
    return true
  } catch (error) {
    if ((error as { code?: string }).code !== '23503') throw error
    await client.query('rollback to savepoint one')
    return false
  }
}

async function withClient<T>(connectionString: string, work: (client: Client) => Promise<T>) {
  const client = new Client({ connectionString })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
