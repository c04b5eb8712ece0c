import { Erasure } from '@flashsale/contracts/http/erasure.ts'
import { BuyerId } from '@flashsale/contracts/ids.ts'
import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { InventoryAdmin } from '../../clients/inventory-admin.ts'
import { rawBody } from '../../plugins/bodies.ts'
import { bearer } from '../../plugins/openapi.ts'
import type { AdminAction } from '../../plugins/record-actions.ts'
import { problems } from '../problems.ts'

const URL = '/buyers/:buyer/erase'
const params = z.object({ buyer: BuyerId })
const askSchema = {
  ...bearer,
  summary: 'Erase a buyer: the id is replaced by a hashed subject in every sale that is over',
  description:
    'Sales that were settled less than 25 hours ago, or are not settled, follow by themselves. Asked again, it takes in what has come since.',
  params,
  response: { 202: Erasure, ...problems(401, 403, 404, 413, 429, 503) },
}
const readSchema = {
  ...bearer,
  summary: 'How far the erasure of a buyer is; done when `doneAt` is there',
  params,
  response: { 200: Erasure, ...problems(401, 403, 404, 429, 503) },
}
type Deps = { inventoryAdmin: Pick<InventoryAdmin, 'eraseBuyer' | 'readErasure'> }

/** POST, without a body, and GET /buyers/:buyer/erase. */
export const eraseBuyer: FastifyPluginAsyncZod<Deps> = async (app, { inventoryAdmin }) => {
  await app.register(rawBody)
  const action: AdminAction = {
    name: 'buyer.erase',
    target: ({ params }: FastifyRequest) => params as z.infer<typeof askSchema.params>,
  }
  app.post(URL, { schema: askSchema, config: { action } }, async (request, reply) => {
    const { buyer } = request.params
    const result = await inventoryAdmin.eraseBuyer(buyer, request.noted?.id)
    if (result.kind === 'unreachable') return sendProblem(reply, 'try-later')
    return reply.code(202).send(result.erasure)
  })
  app.get(URL, { schema: readSchema }, async (request, reply) => {
    const result = await inventoryAdmin.readErasure(request.params.buyer)
    switch (result.kind) {
      case 'erasure':
        return reply.code(200).send(result.erasure)
      case 'not-found':
        return sendProblem(reply, 'not-found')
      case 'unreachable':
        return sendProblem(reply, 'try-later')
    }
  })
}
