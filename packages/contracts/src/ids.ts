import { z } from 'zod'

/** Made by the gateway before the reserve call: see order-id.ts. */
export const OrderId = z.uuid().brand<'OrderId'>()
export type OrderId = z.infer<typeof OrderId>

export const SaleId = z.uuid().brand<'SaleId'>()
export type SaleId = z.infer<typeof SaleId>

/** The `sub` of the buyer's token: opaque to us. */
export const BuyerId = z.string().min(1).max(128).brand<'BuyerId'>()
export type BuyerId = z.infer<typeof BuyerId>

/** Begins what stands in the place of a buyer who was erased: no token may have such a `sub`. */
export const ERASED = 'erased:'

/** One payment an order: derived from the order id, so that a time-out can be looked up. */
export const PaymentId = z.uuid().brand<'PaymentId'>()
export type PaymentId = z.infer<typeof PaymentId>
