import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Client, escapeIdentifier, escapeLiteral } from 'pg'
import type { Part } from '../supervisor/part.ts'
import { waitUntil } from '../wait-until.ts'
import { withPostgres } from '../with-postgres.ts'
import { canQuery, type PostgresOptions, postgresServer, superuserUrl } from './postgres.ts'
import { baseBackup, writeOwned } from './postgres-backup.ts'
import { type PostgresPlace, postgresPlace, primaryData, standbyData } from './postgres-place.ts'

const role = 'flashsale_replication'
const standbyName = 'flashsale_standby' // its application_name and its slot
const promoteTimeoutMs = 60_000
const syncTimeoutMs = 60_000
const standbySettings = {
  hot_standby: 'on',
  primary_slot_name: standbyName,
  wal_retrieve_retry_interval: '500ms', // a restarted primary's commits wait for this
  wal_receiver_timeout: '10s',
  // It is there to take over: replay, and with it a promotion, waits for no reader (Postgres: 30 s).
  max_standby_streaming_delay: 0,
  max_standby_archive_delay: 0,
}
const streams = "select from pg_stat_wal_receiver where status = 'streaming'"

/** `synchronous`: the primary answers no commit before it is on the standby's disk (R18). */
export type StandbyMode = 'synchronous' | 'asynchronous'

export type StandbyOptions = PostgresOptions & {
  /** The primary's own port, and the one to stream from: the same, or a proxy in between. */
  primaryPort: number
  upstreamPort: number
  replicationPassword: string
  mode: StandbyMode
}

/** A second Postgres that streams the primary's WAL, and takes its place when it is promoted. */
export function postgresStandbyPart(options: StandbyOptions): Part {
  const place = postgresPlace(options.stateDir)
  const data = standbyData(place.folder)
  const settings = { ...options.settings, ...standbySettings }
  const primaryUrl = superuserUrl(options.primaryPort, options.password)
  const url = superuserUrl(options.port, options.password)
  return {
    ...postgresServer('postgres-standby', { ...options, settings, place, data }),
    needs: ['postgres'],
    prepare: () => makeStandby(options, place, data),
    ready: () => canQuery(url, `select where not pg_is_in_recovery() or exists (${streams})`),
    afterReady: async () => {
      if (options.mode === 'synchronous') await waitForStandby(primaryUrl)
    },
  }
}

/**
 * Turns the standby into the primary; resolves when it takes writes. Only after the old
 * primary is down for good: nothing here stops that one from answering.
 */
export async function promote(url: string): Promise<void> {
  // A statement that waited for it would have a snapshot, and the replay left to do may wait for that.
  await withPostgres(url, async (client) => void (await client.query('select pg_promote(false)')))
  await waitUntil('the standby to be promoted', () => canWrite(url), promoteTimeoutMs)
}

export function canWrite(url: string): Promise<boolean> {
  // Time enough to wait in line with all the services that come back at once.
  return canQuery(url, 'create temporary table first_write as select 1', 10_000)
}

async function makeStandby(options: StandbyOptions, place: PostgresPlace, data: string) {
  const unfinished = join(place.folder, 'standby-unfinished')
  // Without the signal file it was a primary once: its story may differ from the one of today.
  if (existsSync(join(data, 'standby.signal')) && !existsSync(unfinished)) return
  writeFileSync(unfinished, '')
  const { primaryPort, upstreamPort, password, replicationPassword } = options
  const url = superuserUrl(primaryPort, password)
  await withPostgres(url, (client) => makeRoleAndSlot(client, replicationPassword))
  const { user } = place
  await baseBackup({ url, from: primaryData(place.folder), to: data, user })
  const upstream = {
    host: '127.0.0.1',
    port: upstreamPort,
    user: role,
    password: replicationPassword,
    application_name: standbyName,
  }
  const words = Object.entries(upstream).map(([name, value]) => `${name}=${value}`)
  const line = `primary_conninfo = '${words.join(' ')}'\n`
  await appendFile(join(data, 'postgresql.auto.conf'), line) // not in its arguments: any user reads those
  await writeOwned(join(data, 'standby.signal'), '', user)
  rmSync(unfinished)
}

/** The slot comes before the copy, so that no WAL the copy needs is removed. initdb's pg_hba lets the role in. */
async function makeRoleAndSlot(client: Client, password: string): Promise<void> {
  const id = escapeIdentifier(role)
  const known = await client.query('select from pg_roles where rolname = $1', [role])
  if (known.rowCount === 0) await client.query(`create role ${id}`)
  await client.query(`alter role ${id} login replication password ${escapeLiteral(password)}`)
  const old =
    'select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1'
  await client.query(old, [standbyName])
  await client.query('select pg_create_physical_replication_slot($1, true)', [standbyName])
}

/** From here on a commit waits for the standby; before it streams every one would wait for ever. */
async function waitForStandby(url: string): Promise<void> {
  await withPostgres(url, async (client) => {
    await client.query(`alter system set synchronous_standby_names = 'ANY 1 (${standbyName})'`)
    await client.query('select pg_reload_conf()')
    const sql = `select from pg_stat_replication where application_name = $1
                 and sync_state = 'quorum' and state = 'streaming'`
    const isSynchronous = async () => (await client.query(sql, [standbyName])).rowCount === 1
    await waitUntil('the standby to be synchronous', isSynchronous, syncTimeoutMs)
  })
}
