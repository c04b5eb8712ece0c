import type { AuditedOrder, AuditedPayment } from '@flashsale/contracts/http/order.ts'
import { BuyerId, OrderId, PaymentId, SaleId } from '@flashsale/contracts/ids.ts'
import type { Readings } from '../src/domain/judge-books.ts'
import type { LedgerStock, RedisStock } from '../src/domain/stock-reading.ts'

export const uuid = (n: number) => `00000000-0000-8000-8000-${String(n).padStart(12, '0')}`
export const orderId = (n: number) => OrderId.parse(uuid(n))
export const saleId = SaleId.parse(uuid(0))

/** Five units: 1 sold and paid, 2 held, 3 back again, 4 withdrawn, 5 never handed out. All is well. */
export function books(): Readings {
  const ledger = (): LedgerStock => ({
    epoch: 1,
    stock: 5,
    perBuyerLimit: 1,
    settled: false,
    holds: new Map(
      (['sold', 'held', 'released'] as const).map((state, i) => [
        orderId(i + 1),
        {
          orderId: orderId(i + 1),
          buyerId: `B${i + 1}`,
          key: null,
          state,
          quantity: 1,
          overdue: false,
        },
      ]),
    ),
    units: [1, 2].map((n) => ({ orderId: orderId(n), unit: n, buyerId: `B${n}`, slot: 1 })),
    returns: [],
    withdrawn: [{ first: 4, last: 4 }],
  })
  const redis: RedisStock = {
    epoch: 1,
    last: 4,
    stock: 5,
    runId: 'r',
    remembers: true,
    owners: new Map([1, 2].map((n) => [n, orderId(n)])),
    free: [3],
    entries: [],
  }
  const order = (n: number, state: AuditedOrder['state']): AuditedOrder => ({
    id: orderId(n),
    buyerId: BuyerId.parse(`B${n}`),
    state,
    reason: null,
    quantity: 1,
    amountMinor: 100,
    overdue: false,
  })
  const orders = [order(1, 'paid'), order(2, 'pending-payment'), order(3, 'cancelled')]
  return { orders, payments: [payment(1)], first: ledger(), redis, second: ledger() }
}

export function payment(n: number, change: Partial<AuditedPayment> = {}): AuditedPayment {
  return {
    id: PaymentId.parse(uuid(100 + n)),
    orderId: orderId(n),
    state: 'captured',
    amountMinor: 100,
    capturedMinor: 100,
    captureAgeMs: 5_000,
    refundState: null,
    refundMinor: 0,
    ...change,
  }
}
