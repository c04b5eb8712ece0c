/** Bodies between the gateway and payment. */
import { z } from 'zod'
import { BuyerId, OrderId, PaymentId, SaleId } from '../ids.ts'
import { AmountMinor, Currency } from '../money.ts'

export const PaymentBody = z.object({
  orderId: OrderId,
  saleId: SaleId,
  buyerId: BuyerId,
  amountMinor: AmountMinor,
  currency: Currency,
})
export type PaymentBody = z.infer<typeof PaymentBody>

/** The same for every call with the same order. */
export const PaymentAnswer = z.object({
  paymentId: PaymentId,
  checkoutUrl: z.url(),
  amountMinor: AmountMinor,
})
export type PaymentAnswer = z.infer<typeof PaymentAnswer>
