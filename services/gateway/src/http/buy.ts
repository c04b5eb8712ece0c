import { OrderId } from '@flashsale/contracts/ids.ts'
import { sendAnswer } from '@flashsale/service-kit/problem.ts'
import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { AddressOf } from '../domain/address-key.ts'
import { bearer } from '../plugins/openapi.ts'
import { trackHeaders, wantedTrack } from './asker.ts'
import type { BuyGate } from './buy-gate.ts'
import { problems } from './problems.ts'
import type { Purchases } from './purchase.ts'

const PASS_CHARS_MAX = 4096

export const PurchaseBody = z.strictObject({
  quantity: z.int().min(1),
  pass: z.string().max(PASS_CHARS_MAX).optional(), // read only where the sale asks for one
})
export const PurchaseKey = z.string().min(1).max(64)

const schema = {
  ...bearer,
  summary: 'Buy: all of the quantity, or none',
  description:
    'Without a key, sold-out and sale-not-open may come before token and body are read. A 202 says in Retry-After when its order is worth asking for.',
  params: z.object({ saleId: z.string() }), // no such sale is 404, and only after the body was read
  headers: z.object({ 'idempotency-key': PurchaseKey.optional(), ...trackHeaders }),
  body: PurchaseBody,
  response: {
    202: z.object({ orderId: OrderId.optional(), status: z.enum(['accepted', 'unconfirmed']) }),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
  },
}

type Deps = {
  gate: BuyGate
  purchase: Purchases
  addressOf: AddressOf
  /** The same as in front of the router. */
  headers: Record<string, string>
}

/** Every purchase that `buyAtOnce` leaves to the router: one that is refused, late or odd. */
export const buy: FastifyPluginAsyncZod<Deps> = async (app, deps) => {
  const { gate, purchase, addressOf, headers: always } = deps
  app.post(
    '/v1/sales/:saleId/orders',
    { onRequest: app.authenticate, schema, config: { headers: always } },
    async (request, reply) => {
      const buyerId = request.user.id
      const address = () => addressOf(request.raw)
      const { headers = {}, refusal } = gate.pass({ buyer: buyerId, address })
      reply.headers(headers)
      const { saleId } = request.params
      const key = request.headers['idempotency-key']
      const track = wantedTrack(request.raw)
      const wanted = { ...request.body, saleId, key, buyerId, track }
      const answer = refusal ?? (await purchase(wanted))
      return sendAnswer(reply as FastifyReply, answer)
    },
  )
}
