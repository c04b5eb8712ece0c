import type { OrderId } from '@flashsale/contracts/ids.ts'

/** The lowest id that an attempt with this deadline can have: ids begin with their deadline. */
export function lowestIdOf(deadlineMs: number): OrderId {
  const hex = Math.max(0, Math.floor(deadlineMs)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000` as OrderId
}
