import type { Call } from '@flashsale/service-kit/http-client.ts'
import { z } from 'zod'
import { createQueue, headersOf, toAnswer } from './calls.ts'
import { type HangUp, sendAndHangUp } from './lost-answer.ts'
import type { Tally, Timed } from './tally.ts'

const connections = { door: 48, bots: 30, till: 32, probe: 4 }
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
type Look = 'till' | 'probe'
export type Purchase = { token?: string | undefined; key?: string | undefined; body: unknown }

/** The gateway's public API, as the buyers' devices call it. */
export function createShop(url: string, tally: Tally) {
  const line = (connections: number) => createQueue(url, { timeoutMs, connections })
  const lines = {
    door: line(connections.door),
    bots: line(connections.bots),
    till: line(connections.till),
    probe: line(connections.probe),
  }
  const timed = async (call: Call, name: Timed, at: Look = 'till') => {
    return await lines[at].inLane(async (http) => {
      const sentAt = performance.now()
      const answer = toAnswer(await http.call(call))
      tally.request(answer)
      tally.took(name, performance.now() - sentAt)
      return answer
    })
  }

  return {
    /** Undefined when no answer came. */
    async buy(saleId: string, { body, ...who }: Purchase, line: Line = 'door') {
      return await lines[line].inLane(async (http) => {
        const path = `/v1/sales/${saleId}/orders`
        const sentAt = performance.now()
        tally.sent()
        const outcome = await http.call({ method: 'POST', path, headers: headersOf(who), body })
        const answer = toAnswer(outcome)
        tally.request(answer)
        tally.answered(answer)
        if (answer) tally.took('buy', performance.now() - sentAt)
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
    async order(id: string, token: string, at?: Look): Promise<OrderSeen | undefined> {
      const call = {
        method: 'GET',
        path: `/v1/orders/${id}`,
        headers: headersOf({ token }),
      } as const
      const answer = await timed(call, 'look', at)
      if (answer?.status === 200) return Order.parse(answer.body)
      if (answer && answer.status !== 503) {
        tally.fault(`order ${id}, known by its 202, was answered ${answer.status} ${answer.code}`)
      }
      return undefined
    },
    payment(id: string, token: string) {
      const path = `/v1/orders/${id}/payment`
      return timed({ method: 'POST', path, headers: headersOf({ token }) }, 'payment')
    },
    async cancel(id: string, token: string) {
      const path = `/v1/orders/${id}/cancel`
      const call = { method: 'POST', path, headers: headersOf({ token }) } as const
      const answer = await lines.till.call(call)
      tally.request(answer)
      return answer
    },
    /** Who has units and stands in our own line to pay or to look: more than this machine can play. */
    atTill: () => lines.till.waiting(),
    leave: () => Promise.all(Object.values(lines).map((queue) => queue.close())),
  }
}
export type Shop = ReturnType<typeof createShop>
