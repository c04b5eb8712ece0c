import type { Db } from '@flashsale/service-kit/db.ts'
import type { Segment } from '../domain/segment.ts'

const STOPPED_MS_MAX = 2_000 // a process that stands still loses the lock, and another goes on
const ALIVE_EVERY_MS = 500

/**
 * Runs `work` unless another process is at this segment: undefined then. The lock lives with its own
 * connection, and that with signs of life; when it breaks two may be at it, which the epochs make
 * harmless.
 */
export async function withOneRebuilder<T>(
  db: Db,
  { saleId, segment }: Segment,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const connection = await db.pool.connect()
  let alive: NodeJS.Timeout | undefined
  try {
    await connection.query(`set idle_session_timeout = ${STOPPED_MS_MAX}`)
    const text = `select pg_try_advisory_lock(hashtextextended($1, $2)) as mine`
    const { rows } = await connection.query<{ mine: boolean }>(text, [`rebuild ${saleId}`, segment])
    if (!rows[0]?.mine) return undefined
    alive = setInterval(() => connection.query('select').catch(() => {}), ALIVE_EVERY_MS)
    return await work()
  } finally {
    clearInterval(alive)
    await connection.query('select pg_advisory_unlock_all()').catch(() => {}) // at once, if it can
    connection.release(true) // the lock ends with it, whatever happened
  }
}
