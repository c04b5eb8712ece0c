import { pointsOf } from './figures.ts'
import type { Sample } from './sampler.ts'

/**
 * Rows of orders stay until their sale is archived (R8), an inbox knows every event (R15), and what
 * operators did stays on record: here a sale is created and closed.
 */
const keptTables = [
  'inventory.holds',
  'inventory.hold_units',
  'inventory.returns',
  'inventory.withdrawals',
  'inventory.sales',
  'inventory.segments',
  'inventory.inbox',
  'inventory.admin_actions',
  'order.orders',
  'order.inbox',
  'payment.payments',
  'payment.callbacks',
  'payment.cancelled_orders',
  'payment.refunds',
  'payment.inbox',
]
export const isKept = (table: string) => keptTables.includes(table)

// A tree of keys without an order fills its pages and splits them in waves: from half full to full.
export const bytesPerOrderMax = 1.5
const smallBytes = 16 // an order; less is a matter of single pages

export type KeptRow = {
  table: string
  rows: number
  deadShare: number
  bytesPerOrder: { firstThird: number; end: number }
  verdict: 'as many bytes' | 'more bytes' | 'small' | 'shown'
}

/** What grows with every order: bytes an order, indexes among them, early and at the end. */
export function keptRows(samples: readonly Sample[], judged: boolean): KeptRow[] {
  return keptTables.flatMap((table) => {
    const bytes = (sample: Sample) => {
      const { [`kept size ${table}`]: mib, orders } = sample.figures
      return mib === undefined || !orders ? undefined : (mib * 2 ** 20) / orders
    }
    // A reading can fail: the next one, or the last before it, serves as well.
    const read = samples
      .slice(Math.floor(samples.length / 3))
      .map(bytes)
      .filter(isRead)
    const [firstThird, end] = [read[0], read.at(-1)]
    if (firstThird === undefined || end === undefined) return []
    const last = (name: string) => pointsOf(samples, `${name} ${table}`).at(-1)?.value ?? 0
    const [rows, dead] = [last('live rows'), last('kept dead rows')]
    const deadShare = dead / Math.max(1, rows + dead)
    const bytesPerOrder = { firstThird, end }
    return [{ table, rows, deadShare, bytesPerOrder, verdict: verdictOf(bytesPerOrder, judged) }]
  })
}

const isRead = (bytes: number | undefined) => bytes !== undefined

function verdictOf({ firstThird, end }: KeptRow['bytesPerOrder'], judged: boolean) {
  if (!judged) return 'shown'
  if (end < smallBytes) return 'small'
  return end <= bytesPerOrderMax * firstThird ? 'as many bytes' : 'more bytes'
}
