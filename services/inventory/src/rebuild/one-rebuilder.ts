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
    const text = `select set_config('idle_session_timeout', $3, false),
                         pg_try_advisory_lock(hashtextextended($1, $2)) as mine`
    const values = [`rebuild ${saleId}`, segment, String(STOPPED_MS_MAX)]
    const { rows } = await connection.query<{ mine: boolean }>(text, values)
    if (!rows[0]?.mine) return undefined
    alive = setInterval(() => connection.query('select').catch(() => {}), ALIVE_EVERY_MS)
    return await work()
  } finally {
    clearInterval(alive)
    const unlock = connection.query('select pg_advisory_unlock_all(); reset idle_session_timeout')
    const isOver = await unlock.then(
      () => false,
      () => true,
    )
    connection.release(isOver) // then the lock ends with it
  }
}
