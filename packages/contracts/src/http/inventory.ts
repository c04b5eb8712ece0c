/** Bodies between the gateway (and order's sweeper) and inventory. */
import { z } from 'zod'
import { BuyerId, OrderId, SaleId } from '../ids.ts'
import { AmountMinor, Currency } from '../money.ts'

export const ATTEMPTS_MAX = 256
export const STOCK_MAX = 10_000_000
export const PER_BUYER_LIMIT_MAX = 10

/** One purchase request. `epoch` is the one the gateway knew when it sent the attempt (R1). */
export const Attempt = z.object({
  orderId: OrderId,
  saleId: SaleId,
  buyerId: BuyerId,
  key: z.string().min(1).max(64).optional(),
  fingerprint: z.string().regex(/^\S{0,64}$/), // of the request's body: a key with another body is refused
  quantity: z.int().min(1).max(PER_BUYER_LIMIT_MAX),
  epoch: z.int().positive(),
})
export type Attempt = z.infer<typeof Attempt>

/** What became of one attempt. Only `unknown` leaves it open; all but `held` took nothing. */
export const AttemptResult = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('held'), orderId: OrderId }),
  z.object({ kind: z.literal('repeated'), orderId: OrderId }), // its key was seen: the first order
  z.object({ kind: z.literal('idempotency-mismatch') }), // its key was seen with another body
  z.object({ kind: z.literal('not-open') }),
  z.object({ kind: z.literal('limit-reached'), orderIds: z.array(OrderId) }),
  z.object({ kind: z.literal('sold-out') }),
  z.object({ kind: z.literal('late') }), // past its deadline, or barred by a final look-up (R9)
  z.object({ kind: z.literal('old-epoch') }), // the gateway's epoch is not Redis' any more
  z.object({ kind: z.literal('unavailable') }), // stock fails closed: nothing was taken
  z.object({ kind: z.literal('unknown') }), // time-out: maybe taken, to be looked up (P8)
])
export type AttemptResult = z.infer<typeof AttemptResult>

export const ReserveBody = z.object({ attempts: z.array(Attempt).min(1).max(ATTEMPTS_MAX) })
/** Results stand in the order of the attempts. */
export const ReserveAnswer = z.object({ results: z.array(AttemptResult) })
export type ReserveAnswer = z.infer<typeof ReserveAnswer>

export const NewSale = z
  .strictObject({
    title: z.string().min(1).max(200),
    sku: z.string().min(1).max(100),
    priceMinor: AmountMinor.max(1_000_000_000_000),
    currency: Currency,
    stock: z.int().min(1).max(STOCK_MAX),
    perBuyerLimit: z.int().min(1).max(PER_BUYER_LIMIT_MAX),
    opensAt: z.iso.datetime({ offset: true }),
    closesAt: z.iso.datetime({ offset: true }),
    paymentWindowSeconds: z.int().min(5).max(3600),
    admission: z.strictObject({ mode: z.literal('direct') }).default({ mode: 'direct' }),
  })
  .refine((sale) => Date.parse(sale.closesAt) > Date.parse(sale.opensAt), {
    path: ['closesAt'],
    message: 'closesAt must be after opensAt',
  })
export type NewSale = z.infer<typeof NewSale>

/**
 * How new each part of a sale's facts is: the higher version is the newer. Phase and stock are counted
 * by the ledger, `free` and `orders` by Redis, anew in each epoch.
 */
export const SaleVersions = z.object({
  phase: z.int().positive(),
  stock: z.int().positive(),
  free: z.int().nonnegative().nullable(), // null while they are unknown
})

/** What inventory knows of a sale. `phase` is an operator's or a job's doing; time is the reader's. */
export const SaleFacts = z.object({
  id: SaleId,
  title: z.string(),
  sku: z.string(),
  priceMinor: AmountMinor,
  currency: Currency,
  stock: z.int(), // units ever added
  perBuyerLimit: z.int(),
  opensAt: z.iso.datetime(),
  closesAt: z.iso.datetime(),
  paymentWindowSeconds: z.int(),
  admission: z.object({ mode: z.literal('direct') }),
  phase: z.enum(['draft', 'ready', 'paused', 'closed']),
  epoch: z.int().positive(),
  /** Units that Redis would hand out now; null while stock is unknown: the sale answers 503. */
  free: z.int().nonnegative().nullable(),
  /** Orders ever made in this epoch; null while they are unknown. */
  orders: z.int().nonnegative().nullable(),
  versions: SaleVersions,
})
export type SaleFacts = z.infer<typeof SaleFacts>

/** What orders the facts of a sale, and what they are counted by: nobody's business but ours. */
export const internalFacts = { epoch: true, free: true, orders: true, versions: true } as const

/**
 * What Redis itself tells all gateways when it changes (channel `sales`), before whoever changed it has
 * an answer. `buyers` are those of the newest orders, one an order, in a sale that runs out again.
 */
export const SaleTold = SaleFacts.pick({ id: true, epoch: true, stock: true, phase: true }).extend({
  free: z.int(),
  orders: z.int().nonnegative(),
  versions: SaleVersions.extend({ free: z.int().nonnegative() }),
  buyers: z.array(BuyerId).optional(),
})
export type SaleTold = z.infer<typeof SaleTold>

/** One page of the buyers with any order of a sale, some of them twice; the last one has no `next`. */
export const BuyersPage = z.object({ buyers: z.array(BuyerId), next: z.string().optional() })
export type BuyersPage = z.infer<typeof BuyersPage>

/** What stands behind a 202 now: holds that are no order rows yet, by the rates that were measured. */
export const Queue = z.object({
  /** Until the last of them is one; 0 while nothing waits or no rate is known. */
  waitMs: z.int().nonnegative(),
  /** False: nothing more is taken until it is short again. */
  isOpen: z.boolean(),
  /** Until then; 0 when open. */
  retryAfterMs: z.int().nonnegative(),
})
export type Queue = z.infer<typeof Queue>

/** `redisTimeMs` is null while Redis is away: gateways then keep their old offset. */
export const SalesAnswer = z.object({
  redisTimeMs: z.number().nullable(),
  sales: z.array(SaleFacts),
  queue: Queue.optional(), // an older release does not tell
})
export type SalesAnswer = z.infer<typeof SalesAnswer>

export const UnitsBody = z.strictObject({ units: z.int().min(1).max(STOCK_MAX) })

/** Answer to "what became of this order id?" (R9). `absent` is final: a late hold is barred first. */
export const LookUpAnswer = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('held'),
    saleId: SaleId,
    quantity: z.int().positive(),
    amountMinor: AmountMinor,
  }),
  z.object({
    kind: z.literal('refused'),
    saleId: SaleId,
    quantity: z.int().positive(),
    amountMinor: AmountMinor,
  }),
  z.object({ kind: z.literal('absent') }),
  z.object({ kind: z.literal('unconfirmed') }),
])
export type LookUpAnswer = z.infer<typeof LookUpAnswer>
