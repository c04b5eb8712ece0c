import { OrderView } from '@flashsale/contracts/http/order.ts'

/** An order's row, from pg or from Prisma, whose bigints are BigInt. */
export type OrderRow = {
  id: string
  saleId: string | null
  buyerId: string | null
  quantity: number | null
  amountMinor: number | bigint | null
  currency: string | null
  state: string
  reason: string | null
  payBy: Date | null
  paidAt: Date | null
  createdAt: Date
}

/** What others see of it; nothing while its buyer is unknown: its hold is not here yet, or is dead. */
export function toOrderView(row: OrderRow): OrderView | undefined {
  if (row.buyerId === null) return undefined
  return OrderView.parse({
    id: row.id,
    buyerId: row.buyerId,
    state: row.state,
    reason: row.reason ?? undefined,
    saleId: row.saleId ?? undefined,
    quantity: row.quantity ?? undefined,
    amountMinor: row.amountMinor === null ? undefined : Number(row.amountMinor),
    currency: row.currency ?? undefined,
    payBy: row.payBy?.toISOString(),
    paidAt: row.paidAt?.toISOString(),
    createdAt: row.createdAt.toISOString(),
  })
}
