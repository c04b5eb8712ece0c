import type { Tx } from '@flashsale/service-kit/db.ts'

/** Throws when it is not. */
export async function isReachable(tx: Tx): Promise<boolean> {
  const { rowCount } = await tx.query('select')
  return rowCount === 1
}
