import type { Answer } from './calls.ts'
import type { Buyer } from './cast.ts'
import type { OrderSeen } from './shop.ts'

export type End = {
  status: 'paid' | 'cancelled' | 'refunded' | 'refused'
  reason?: string | undefined
  amountMinor?: number | undefined
}

/** What a buyer has in hand after a 202. */
export type Receipt = {
  buyer: Buyer
  token: string
  key: string | undefined
  quantity: number
  /** Absent while the answer was `unconfirmed` under a key: the key is the question then. */
  orderId: string | undefined
  takenAt: number
  /** When the first `accepted` came; an answer before it may have been `unconfirmed`. */
  acceptedAt?: number
  paymentId?: string
  seen?: OrderSeen['status']
  end?: End
}
type Taken = Pick<Receipt, 'buyer' | 'token' | 'key' | 'quantity'>

/** Every 202 of the sale: none may be without an end when it is over. */
export function createReceipts(onNew: (receipt: Receipt) => void) {
  const byOrder = new Map<string, Receipt>()
  const byKey = new Map<string, Receipt>()
  let answers = 0
  let units = 0
  let stock = 0
  let resold = 0

  const add = (orderId: string, receipt: Receipt) => {
    receipt.orderId = orderId
    byOrder.set(orderId, receipt)
    units += receipt.quantity
    resold = Math.max(resold, units - stock)
    onNew(receipt)
  }

  return {
    /**
     * The same receipt for each 202 that names the same order. A key can come to name a second one
     * where Redis forgot the first: both are receipts.
     */
    take(taken: Taken, { body }: Answer): Receipt {
      answers++
      const orderId = orderIdOf(body)
      const key = taken.key === undefined ? undefined : `${taken.buyer.name} ${taken.key}`
      const ofKey = key === undefined ? undefined : byKey.get(key)
      const isOther = orderId !== undefined && ofKey?.orderId !== undefined
      const known = (orderId && byOrder.get(orderId)) || (isOther ? undefined : ofKey)
      const receipt = known || { ...taken, orderId: undefined, takenAt: performance.now() }
      if (isAccepted(body)) receipt.acceptedAt ??= performance.now()
      if (key !== undefined) byKey.set(key, receipt)
      if (orderId !== undefined && receipt.orderId === undefined) add(orderId, receipt)
      return receipt
    },
    all: () => [...new Set([...byOrder.values(), ...byKey.values()])],
    /** How many 202 were answered, those that repeat another among them. */
    answers: () => answers,
    unitsAccepted: () => units,
    /** Units accepted beyond all there ever were: these were handed out again. */
    unitsResold: () => resold,
    setStock(units: number) {
      stock = units
    },
  }
}
export type Receipts = ReturnType<typeof createReceipts>

export function orderIdOf(body: unknown): string | undefined {
  const hasId = typeof body === 'object' && body !== null && 'orderId' in body
  return hasId && typeof body.orderId === 'string' ? body.orderId : undefined
}

const isAccepted = (body: unknown) =>
  typeof body === 'object' && body !== null && 'status' in body && body.status === 'accepted'

/** What the buyer saw of the order; an end stays open to money that comes late. */
export function note(receipt: Receipt, { status, reason, amountMinor }: OrderSeen): void {
  receipt.seen = status
  const isOver = status === 'paid' || status === 'cancelled' || status === 'refunded'
  if (isOver) receipt.end = { status, reason, amountMinor }
  else delete receipt.end
}

export function endName({ status, reason }: End): string {
  return reason ? `${status} (${reason})` : status
}
