import { z } from 'zod'
import { createQueue, headersOf, toAnswer } from './calls.ts'
import { type HangUp, sendAndHangUp } from './lost-answer.ts'
import type { Tally } from './tally.ts'

const connections = { door: 48, bots: 30, till: 24 }
const timeoutMs = 8_000

const Order = z.object({
  status: z.enum([
    'unconfirmed',
    'accepted',
    'pending-payment',
    'paid',
    'cancelled',
    'refunding',
    'refunded',
  ]),
  quantity: z.int().optional(),
  amountMinor: z.int().optional(),
  payBy: z.string().optional(),
  reason: z.string().optional(),
})
export type OrderSeen = z.infer<typeof Order>

/** Who has units does not stand behind those who want some; bots push in beside the crowd. */
type Line = 'door' | 'bots'
export type Purchase = { token?: string | undefined; key?: string | undefined; body: unknown }

/** The gateway's public API, as the buyers' devices call it. */
export function createShop(url: string, tally: Tally) {
  const lines = {
    door: createQueue(url, { timeoutMs, connections: connections.door }),
    bots: createQueue(url, { timeoutMs, connections: connections.bots }),
  }
  const till = createQueue(url, { timeoutMs, connections: connections.till })
  const post = (path: string, token: string) =>
    till.call({ method: 'POST', path, headers: headersOf({ token }) })

  return {
    /** Undefined when no answer came. */
    async buy(saleId: string, { body, ...who }: Purchase, line: Line = 'door') {
      return await lines[line].inLane(async (http) => {
        const path = `/v1/sales/${saleId}/orders`
        const sentAt = performance.now()
        tally.sent()
        const outcome = await http.call({ method: 'POST', path, headers: headersOf(who), body })
        const answer = toAnswer(outcome)
        tally.answered(answer, performance.now() - sentAt)
        return answer
      })
    },
    async buyAndHangUp(saleId: string, { body, ...who }: Purchase, when: HangUp): Promise<void> {
      const path = `/v1/sales/${saleId}/orders`
      await lines.door.inLane(async () => {
        tally.sent()
        tally.hungUp()
        await sendAndHangUp({ url, path, headers: headersOf(who), body }, when)
      })
    },
    /** Undefined when there was no answer, or not now. */
    async order(id: string, token: string): Promise<OrderSeen | undefined> {
      const headers = headersOf({ token })
      const answer = await till.call({ method: 'GET', path: `/v1/orders/${id}`, headers })
      if (answer?.status === 200) return Order.parse(answer.body)
      if (answer && answer.status !== 503) {
        tally.fault(`order ${id}, known by its 202, was answered ${answer.status} ${answer.code}`)
      }
      return undefined
    },
    payment: (id: string, token: string) => post(`/v1/orders/${id}/payment`, token),
    cancel: (id: string, token: string) => post(`/v1/orders/${id}/cancel`, token),
    leave: () => Promise.all([lines.door, lines.bots, till].map((queue) => queue.close())),
  }
}
export type Shop = ReturnType<typeof createShop>
