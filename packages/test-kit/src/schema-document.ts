import { readFile } from 'node:fs/promises'
import { Client } from 'pg'

/** Table → column → type as Postgres names it, with ` null` where it may be null. */
export type Tables = Record<string, Record<string, string>>

const NATIVE: Record<string, string> = {
  '@db.Uuid': 'uuid',
  '@db.SmallInt': 'int2',
  '@db.Timestamptz': 'timestamptz',
}
const PLAIN: Record<string, string> = {
  String: 'text',
  Int: 'int4',
  BigInt: 'int8',
  Boolean: 'bool',
  Json: 'jsonb',
}
const MODEL = /^model \w+ \{$(.*?)^\}$/gms
const FIELD = /^ +(\w+) +(\w+)(\[\])?(\?)?(.*)$/gm

/** What a schema.prisma says of its tables; fields that are relations are no columns. */
export async function documentedTables(file: URL): Promise<Tables> {
  const tables: Tables = {}
  for (const [, body = ''] of (await readFile(file, 'utf8')).matchAll(MODEL)) {
    const columns: Record<string, string> = {}
    for (const [, name = '', type = '', list, optional, rest = ''] of body.matchAll(FIELD)) {
      const native = /@db\.\w+/.exec(rest)?.[0] ?? ''
      const column = NATIVE[native] ?? PLAIN[type]
      if (!column || rest.includes('@relation')) continue
      const typeName = (list ? '_' : '') + column + (optional ? ' null' : '')
      columns[/@map\("(\w+)"\)/.exec(rest.replace('@@map', ''))?.[1] ?? name] = typeName
    }
    const table = /@@map\("(\w+)"\)/.exec(body)?.[1]
    if (table) tables[table] = columns
  }
  return tables
}

/** What the migrated database has, of the tables asked for. */
export async function databaseTables(url: string, names: string[]): Promise<Tables> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ table: string; column: string; type: string }>(
      `select table_name as "table", column_name as "column",
              udt_name || case when is_nullable = 'YES' then ' null' else '' end as type
       from information_schema.columns where table_schema = 'public' and table_name = any($1)`,
      [names],
    )
    const tables: Tables = {}
    for (const { table, column, type } of rows) {
      const columns = tables[table] ?? {}
      columns[column] = type
      tables[table] = columns
    }
    return tables
  } finally {
    await client.end()
  }
}
