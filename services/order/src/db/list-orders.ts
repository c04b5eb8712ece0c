import type { OrderPage } from '@flashsale/contracts/http/order.ts'
import type { BuyerId, OrderId, SaleId } from '@flashsale/contracts/ids.ts'
import { poolSettings } from '@flashsale/service-kit/db.ts'
import type { DatabaseAddress } from '@flashsale/service-kit/postgres-env.ts'
import { PrismaPg } from '@prisma/adapter-pg'
import type { OrderState } from '../domain/order-state.ts'
import { PrismaClient } from '../generated/client.ts'
import type { OrderWhereInput } from '../generated/models/Order.ts'
import { LIST_CONNECTIONS_MAX } from './connections.ts'
import { toOrderView } from './order-row.ts'

export const LISTS_NAME = 'order-lists' // of its sessions
const STATEMENT_TIMEOUT_MS = 5_000

type Filter = { saleId?: SaleId | undefined; state?: OrderState | undefined }
type Page = { cursor?: OrderId | undefined; limit: number }

/** The two lists for people, newest first. They only read; every write goes through pg. */
export function createOrderLists(database: string | DatabaseAddress) {
  const prisma = new PrismaClient({
    adapter: new PrismaPg({
      ...poolSettings(database),
      max: LIST_CONNECTIONS_MAX,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      application_name: LISTS_NAME,
    }),
  })

  /** Ids begin with time and are the key: pages have no gaps and no repeats while orders come. */
  async function page(where: OrderWhereInput, { cursor, limit }: Page): Promise<OrderPage> {
    const rows = await prisma.order.findMany({
      where: cursor ? { ...where, id: { lt: cursor } } : where,
      orderBy: { id: 'desc' },
      take: limit + 1,
    })
    const shown = rows.slice(0, limit)
    const orders = shown.flatMap((row) => toOrderView(row) ?? [])
    const last = shown.at(-1)
    return rows.length > limit && last ? { orders, nextCursor: last.id } : { orders }
  }

  return {
    ofBuyer: (buyerId: BuyerId, at: Page) => page({ buyerId }, at),
    ofAll: ({ saleId, state }: Filter, at: Page) =>
      page({ buyerId: { not: null }, ...(saleId && { saleId }), ...(state && { state }) }, at),
    close: () => prisma.$disconnect(),
  }
}
export type OrderLists = ReturnType<typeof createOrderLists>
