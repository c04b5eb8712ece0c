import { setTimeout as sleep } from 'node:timers/promises'
import { PaymentAnswer } from '@flashsale/contracts/http/payment.ts'
import { createBank } from '../demo/bank.ts'
import { createQueue, headersOf } from '../demo/calls.ts'

const size = { timeoutMs: 10_000, connections: 64 }
const triesMax = 5
const againAfterMs = 200
const taken = [200, 409] // 409: a try before it was taken, though its answer was lost

export type Unpaid = { orderId: string; token: string }

/** Buyers who pay at once, at a steady pace. */
export function createPayers(urls: { gateway: string; bank: string }) {
  const till = createQueue(urls.gateway, size)
  const bank = createBank(urls.bank)

  /** As a good client does: what was not taken is tried again, and it is the same payment. */
  const pay = async (unpaid: Unpaid): Promise<boolean> => {
    for (let tries = 1; tries <= triesMax; tries++) {
      if (await tryToPay(unpaid)) return true
      await sleep(againAfterMs)
    }
    return false
  }
  const tryToPay = async ({ orderId, token }: Unpaid): Promise<boolean> => {
    const path = `/v1/orders/${orderId}/payment`
    const answer = await till.call({ method: 'POST', path, headers: headersOf({ token }) })
    const payment = PaymentAnswer.safeParse(answer?.body).data
    if (!payment) return false
    const status = await bank.play(payment.paymentId, 'pay')
    return status !== undefined && taken.includes(status)
  }
  return {
    /** How many of them the bank took. */
    async payAll(orders: readonly Unpaid[], perSecond: number): Promise<number> {
      const startedAt = performance.now()
      const paying: Promise<boolean>[] = []
      for (const [i, order] of orders.entries()) {
        const earlyMs = startedAt + (i * 1_000) / perSecond - performance.now()
        if (earlyMs > 0) await sleep(earlyMs)
        paying.push(pay(order))
      }
      return (await Promise.all(paying)).filter((isPaid) => isPaid).length
    },
    leave: () => Promise.all([till.close(), bank.leave()]),
  }
}
export type Payers = ReturnType<typeof createPayers>
