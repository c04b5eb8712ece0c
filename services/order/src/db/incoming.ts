import type { BuyerId, OrderId, PaymentId, SaleId } from '@flashsale/contracts/ids.ts'

/** What a hold says of its order. The window is counted from the creation of the order's row (R11). */
export type Hold = {
  saleId: SaleId
  quantity: number
  amountMinor: number
  currency: string
  paymentWindowSeconds?: number
}

/** What the bank has, asked for or not. */
export type Money = {
  paymentId: PaymentId
  amountMinor: number
  currency: string
  capturedAt?: string // version 1 of its event does not say it
}

/** One order that something happened to, with what that something says. */
export type Incoming = {
  id: OrderId
  buyerId?: BuyerId
  hold?: Hold
  money?: Money
  heldIn?: SaleId // only told, never written: of a hold whose facts can't be trusted
}
