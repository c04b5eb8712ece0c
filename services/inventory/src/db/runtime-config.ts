import type {
  ConfigDifference,
  ConfigRecord,
  ConfigTold,
  RawDocument,
} from '@flashsale/contracts/http/runtime-config.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'

export const NOTHING_SET: ConfigTold = { version: 0, document: {} }

/** The newest one, if it is newer than `above`. */
export async function readConfigAbove(tx: Tx, above: number): Promise<ConfigTold | undefined> {
  const { rows } = await tx.query<ConfigTold>({
    name: 'read-config-above',
    text: `select version, document from runtime_config where version > $1
           order by version desc limit 1`,
    values: [above],
  })
  return rows[0]
}

export async function readConfigVersion(tx: Tx, version: number): Promise<ConfigTold | undefined> {
  const { rows } = await tx.query<ConfigTold>({
    name: 'read-config-version',
    text: 'select version, document from runtime_config where version = $1',
    values: [version],
  })
  return rows[0] ?? (version === 0 ? NOTHING_SET : undefined)
}

type NewVersion = {
  before: number
  document: RawDocument
  differences: ConfigDifference[]
  who: string
  why: string
}

/** Its version; undefined when another change has followed the same one. */
export async function insertConfig(tx: Tx, change: NewVersion): Promise<number | undefined> {
  const { before, document, differences, who, why } = change
  const { rows } = await tx.query<{ version: number }>({
    name: 'insert-config',
    text: `insert into runtime_config (version, before_version, document, differences, who, why)
           select greatest($1::bigint + 1, (extract(epoch from clock_timestamp()) * 1000)::bigint),
                  $1::bigint, $2::jsonb, $3::jsonb, $4, $5
           where $1::bigint = (select coalesce(max(version), 0) from runtime_config)
           on conflict do nothing returning version`,
    values: [before, JSON.stringify(document), JSON.stringify(differences), who, why],
  })
  return rows[0]?.version
}

type Row = Omit<ConfigRecord, 'at'> & { at: Date }

/** Newest first, those before `below`. */
export async function readConfigHistory(tx: Tx, below: number, limit: number) {
  const { rows } = await tx.query<Row>({
    name: 'read-config-history',
    text: `select version, before_version as "beforeVersion", who, why, at, differences, document
           from runtime_config where version < $1 order by version desc limit $2`,
    values: [below, limit],
  })
  return rows.map((row): ConfigRecord => ({ ...row, at: row.at.toISOString() }))
}
