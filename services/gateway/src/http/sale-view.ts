import { internalFacts, SaleFacts } from '@flashsale/contracts/http/inventory.ts'
import { z } from 'zod'
import type { SaleBoard } from '../jobs/sale-board.ts'

export const saleState = z.enum(['draft', 'scheduled', 'open', 'sold-out', 'paused', 'closed'])

/** A sale as anyone sees it; how many units are left is nobody's business but its operators'. */
export const PublicSale = SaleFacts.omit({ ...internalFacts, phase: true }).extend({
  state: saleState,
})
/** A sale as its operators see it. */
export const AdminSale = SaleFacts.omit({ orders: true, versions: true }).extend({
  state: saleState,
})

type Sale = Omit<SaleFacts, keyof typeof internalFacts>
export const withState = <T extends Sale>(board: SaleBoard, sale: T) => ({
  ...sale,
  state: board.stateOf(sale),
})
