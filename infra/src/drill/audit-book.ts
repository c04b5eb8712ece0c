import type { Audit } from '@flashsale/contracts/http/audit.ts'
import type { Desk } from '../demo/desk.ts'

const keptMax = 20

/**
 * Every audit of the drill. It must be exact or say that it cannot be read now; only while Redis is on
 * its way back may it say that Redis forgot, which is no sale's state to sell in.
 */
export function createAuditBook(desk: Desk, redisIsStruck: () => boolean) {
  const inexact: Audit[] = []
  const failed: string[] = []
  const counts = { exact: 0, unavailable: 0, forgot: 0, inexact: 0 }

  async function read(saleId: string): Promise<Audit | undefined> {
    let books: Audit | undefined
    try {
      books = await desk.audit(saleId)
    } catch (error) {
      if (failed.length < keptMax) failed.push(`audit of ${saleId}: ${String(error)}`)
      counts.inexact++
      return undefined
    }
    if (!books) counts.unavailable++
    else if (books.exact) counts.exact++
    else if (saysForgot(books) && redisIsStruck()) counts.forgot++
    else {
      counts.inexact++
      if (inexact.length < keptMax) inexact.push(books)
    }
    return books
  }
  return { read, counts, inexact, failed }
}
export type AuditBook = ReturnType<typeof createAuditBook>

const saysForgot = ({ faults }: Audit) => faults.some(({ name }) => name === 'redis-forgot')
