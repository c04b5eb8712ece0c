import { SaleFacts } from '@flashsale/contracts/http/inventory.ts'
import { z } from 'zod'
import type { SaleBoard } from '../jobs/sale-board.ts'

const state = z.enum(['draft', 'scheduled', 'open', 'sold-out', 'paused', 'closed'])

/** A sale as anyone sees it; how many units are left is nobody's business but its operators'. */
export const PublicSale = SaleFacts.omit({ phase: true, epoch: true, free: true }).extend({ state })
/** A sale as its operators see it. */
export const AdminSale = SaleFacts.extend({ state })

export const withState = (board: SaleBoard, sale: SaleFacts) => ({
  ...sale,
  state: board.stateOf(sale),
})
