import type { Db } from '@flashsale/service-kit/db.ts'
import type { Segment } from '../domain/segment.ts'

/**
 * Runs `work` unless another process is at this segment: undefined then. The lock lives with its own
 * connection; when that breaks two may be at it, which the epochs make harmless.
 */
export async function withOneRebuilder<T>(
  db: Db,
  { saleId, segment }: Segment,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const connection = await db.pool.connect()
  try {
    const text = `select pg_try_advisory_lock(hashtextextended($1, $2)) as mine`
    const { rows } = await connection.query<{ mine: boolean }>(text, [`rebuild ${saleId}`, segment])
    if (!rows[0]?.mine) return undefined
    return await work()
  } finally {
    connection.release(true) // the lock ends with it, whatever happened
  }
}
