import type { Replacement } from '@flashsale/contracts/http/erasure.ts'
import type { OrderView } from '@flashsale/contracts/http/order.ts'
import type { BuyerId, OrderId, SaleId } from '@flashsale/contracts/ids.ts'
import { createSubjectOf } from '../src/domain/buyer-subject.ts'
import type { HoldEntry } from '../src/domain/stock-entry.ts'
import type { EraseDeps } from '../src/erase/replace-everywhere.ts'
import { recordHolds } from '../src/ledger/record-holds.ts'
import type { TestSale } from './sale.ts'

export const subjectOf = createSubjectOf('a secret for the tests of erasures, long enough')
const PAGE = 2

type Row = { orderId: OrderId; buyerId: BuyerId; saleId: SaleId | undefined }

/** Order and payment in memory, both with the orders of `entries`; order's pages are short. */
export function booksOfOthers(saleId: SaleId, entries: HoldEntry[]) {
  const rowsOf = (): Row[] =>
    entries.map(({ orderId, buyerId }) => ({ orderId, buyerId: buyerId as BuyerId, saleId }))
  const [orders, payments] = [rowsOf(), rowsOf()]
  const replaceIn = (rows: Row[]) => async (wanted: Replacement[]) => {
    for (const { orderId, buyerId } of wanted) {
      const row = rows.find((one) => one.orderId === orderId)
      if (row) row.buyerId = buyerId
    }
    return { replaced: wanted.length }
  }
  const byId = (a: Row, b: Row) => (a.orderId < b.orderId ? -1 : 1)
  const pageOf = (rows: Row[]) => {
    const page = rows.slice(0, PAGE).map(({ orderId: id, ...rest }) => ({ id, ...rest }))
    return { page, next: rows.length > PAGE ? page.at(-1)?.id : undefined }
  }
  const peers = {
    orders: {
      replaceBuyers: replaceIn(orders),
      forgetBuyers: async () => ({ forgotten: 0, more: false }),
      async ofBuyer(buyer: BuyerId, cursor: string | undefined) {
        const rows = orders
          .filter(({ orderId, buyerId }) => buyerId === buyer && (!cursor || orderId < cursor))
          .toSorted(byId)
          .reverse()
        const { page, next } = pageOf(rows)
        return { orders: page as OrderView[], ...(next && { nextCursor: next }) }
      },
      async auditedPage(sale: SaleId, after: OrderId | undefined) {
        const rows = orders
          .filter(({ orderId, saleId }) => saleId === sale && (!after || orderId > after))
          .toSorted(byId)
        const { page, next } = pageOf(rows)
        const facts = { state: 'paid', reason: null, quantity: 1, amountMinor: 1, overdue: false }
        return { orders: page.map((row) => ({ ...row, ...facts }) as never), next }
      },
    },
    payments: { replaceBuyers: replaceIn(payments) },
  }
  return { orders, payments, peers }
}

/** A sale with these buyers' units, one an order, all on record. */
export async function boughtBy(sale: TestSale, buyers: string[]) {
  const entries: HoldEntry[] = []
  for (const [n, buyer] of buyers.entries()) {
    entries.push(await sale.hold({ buyer, key: `${n} of ${buyer}` }))
  }
  await recordHolds(sale.db, sale.at, entries)
  return entries
}

/** As if it were settled so many days ago, and had left Redis. */
export async function leftRedis({ db, saleId }: TestSale, { daysAgo = 2 } = {}) {
  await db.query(
    `update sales set phase = 'closed', created_at = now() - ($2 + 1) * interval '1 day',
       settled_at = now() - $2 * interval '1 day', left_redis_at = now() - interval '5 minutes'
     where id = $1`,
    [saleId, daysAgo],
  )
}

/** Every table of the database that has the text anywhere in a row. */
export async function tablesWith({ db }: Pick<TestSale, 'db'>, text: string): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
  )
  const found: string[] = []
  for (const { name } of rows) {
    const sql = `select 1 from "${name}" t where strpos(t::text, $1) > 0 limit 1`
    if ((await db.query(sql, [text])).rowCount !== 0) found.push(name)
  }
  return found
}

/** Each call of a peer and each transaction fails once: before its effect, or after it. */
export function failing(deps: EraseDeps, at: number, when: 'before' | 'after') {
  let calls = 0
  const once =
    <Args extends unknown[], T>(work: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      const isIt = calls++ === at
      if (isIt && when === 'before') throw new Error('stopped before it')
      const result = await work(...args)
      if (isIt) throw new Error('stopped after it')
      return result
    }
  const { db, orders, payments } = deps
  const failingDeps: EraseDeps = {
    ...deps,
    db: { ...db, query: once(db.query) as typeof db.query, tx: once(db.tx) as typeof db.tx },
    orders: { ...orders, ofBuyer: once(orders.ofBuyer), replaceBuyers: once(orders.replaceBuyers) },
    payments: { replaceBuyers: once(payments.replaceBuyers) },
  }
  return { deps: failingDeps, wasReached: () => calls > at }
}
