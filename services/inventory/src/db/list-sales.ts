import { internalFacts, SaleFacts } from '@flashsale/contracts/http/inventory.ts'
import type { SaleId } from '@flashsale/contracts/ids.ts'
import { poolSettings } from '@flashsale/service-kit/db.ts'
import type { DatabaseAddress } from '@flashsale/service-kit/postgres-env.ts'
import { PrismaPg } from '@prisma/adapter-pg'
import { z } from 'zod'
import { PrismaClient } from '../generated/client.ts'
import { LIST_CONNECTIONS_MAX } from './connections.ts'

const STATEMENT_TIMEOUT_MS = 5_000

/** A sale in the operators' list. What Redis has free of it is asked for one sale, not for a list. */
export const ListedSale = SaleFacts.omit(internalFacts).extend({
  settled: z.boolean(), // closed, and every unit sold or withdrawn
  createdAt: z.iso.datetime(),
})
type ListedSale = z.infer<typeof ListedSale>

type Page = { cursor?: SaleId | undefined; limit: number }

/** Every sale there ever was, newest first. It only reads; every write goes through pg. */
export function createSaleList(database: string | DatabaseAddress) {
  const prisma = new PrismaClient({
    adapter: new PrismaPg({
      ...poolSettings(database),
      max: LIST_CONNECTIONS_MAX,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      application_name: 'inventory-list',
    }),
  })

  /** The cursor is a sale; its place is compared in SQL, where times have all their digits. */
  async function page({ cursor, limit }: Page) {
    const rows = await prisma.sale.findMany({
      include: { segments: true },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      ...(cursor && { cursor: { id: cursor }, skip: 1 }),
      take: limit + 1,
    })
    const sales = rows.slice(0, limit).map(toListedSale)
    const last = sales.at(-1)
    return rows.length > limit && last ? { sales, nextCursor: last.id } : { sales }
  }
  return { page, close: () => prisma.$disconnect() }
}
export type SaleList = ReturnType<typeof createSaleList>

type Row = Awaited<ReturnType<PrismaClient['sale']['findMany']>>[number]

function toListedSale(row: Row & { segments: { stock: number }[] }): ListedSale {
  return ListedSale.parse({
    ...row,
    priceMinor: Number(row.priceMinor),
    stock: row.segments.reduce((sum, { stock }) => sum + stock, 0),
    opensAt: row.opensAt.toISOString(),
    closesAt: row.closesAt.toISOString(),
    admission: { mode: row.admissionMode },
    settled: row.settledAt !== null,
    createdAt: row.createdAt.toISOString(),
  })
}
