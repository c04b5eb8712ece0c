import type { BuyerId } from '@flashsale/contracts/ids.ts'
import type { Segment, SegmentAt } from '../domain/segment.ts'

/** The one key that outlives an epoch: it says which epoch is in use. */
export const saleKey = ({ saleId, segment }: Segment) => `sale:{${saleId}:${segment}}`

/** All keys of a segment share one hash tag; all but the sale's hash are named by the epoch (R1b). */
export function saleKeys(at: SegmentAt) {
  const sale = saleKey(at)
  const key = (name: string) => `${sale}:e${at.epoch}:${name}`
  return {
    sale,
    units: key('units'),
    free: key('free'),
    slots: key('slots'),
    keys: key('keys'),
    orders: key('orders'),
    stream: key('stream'),
  }
}

/** Field of the slots' hash: the last colon parts buyer and slot, whatever the buyer's name. */
export const slotField = (buyerId: string, slot: number) => `${buyerId}:${slot}`

/** Field of the keys' hash: the length keeps `a:b` + `c` and `a` + `b:c` apart. */
export const keyField = (buyerId: BuyerId | string, key: string) =>
  `${buyerId.length}:${buyerId}:${key}`
