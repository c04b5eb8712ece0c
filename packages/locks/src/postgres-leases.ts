import type { Db } from '@flashsale/service-kit/db.ts'
import type { Leases } from './lease.ts'
import { type Grant, leasesOf, type Wish } from './leases-of.ts'

/** Leases in the service's own database, by the clock of Postgres. */
export function postgresLeases(db: Db): Leases {
  return leasesOf({
    grant: (wish) => grantLease(db, wish),
    extend: (grant) => extendLease(db, grant),
    release: (grant) => releaseLease(db, grant),
  })
}

/**
 * Whoever only waits for another's lease writes nothing: the look comes first, and decides nothing. A
 * token is also not below the time in microseconds: a standby that was promoted without the last
 * grants, or a restored backup, grants none of them again.
 */
async function grantLease(db: Db, { name, holder, ttlMs }: Wish): Promise<number | undefined> {
  const { rows } = await db.query<{ token: number }>({
    name: 'grant-lease',
    text: `insert into leases as l (name, holder, token, expires_at)
           select $1, $2, floor(extract(epoch from clock_timestamp()) * 1000000),
                  clock_timestamp() + $3 * interval '1 millisecond'
           where not exists (select from leases where name = $1 and holder <> $2
                             and expires_at > clock_timestamp())
           on conflict (name) do update
             set holder = excluded.holder, token = greatest(excluded.token, l.token + 1),
                 expires_at = clock_timestamp() + $3 * interval '1 millisecond'
             where l.holder = excluded.holder or l.expires_at <= clock_timestamp()
           returning token`,
    values: [name, holder, ttlMs],
    ...answeredWithin(ttlMs),
  })
  return rows[0]?.token
}

async function extendLease(db: Db, { name, holder, token, ttlMs }: Grant): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'extend-lease',
    text: `update leases set expires_at = clock_timestamp() + $4 * interval '1 millisecond'
           where name = $1 and holder = $2 and token = $3 and expires_at > clock_timestamp()`,
    values: [name, holder, token, ttlMs],
    ...answeredWithin(ttlMs),
  })
  return rowCount === 1
}

async function releaseLease(db: Db, { name, holder, token, ttlMs }: Grant): Promise<void> {
  await db.query({
    name: 'release-lease',
    text: `update leases set expires_at = '-infinity'
           where name = $1 and holder = $2 and token = $3`,
    values: [name, holder, token],
    ...answeredWithin(ttlMs),
  })
}

/** The connection on which an answer is late is given up: it would be missing to other work. */
const answeredWithin = (ttlMs: number) => ({ query_timeout: ttlMs })
