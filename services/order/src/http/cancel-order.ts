import { CancelAnswer, CancelBody } from '@flashsale/contracts/http/order.ts'
import { OrderId } from '@flashsale/contracts/ids.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { Problem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { cancelOrder } from '../db/cancel-order.ts'

const schema = {
  params: z.object({ id: OrderId }),
  body: CancelBody, // the gateway has checked that the id was made for this buyer
  response: { 200: CancelAnswer, 400: Problem, 404: Problem },
}

const config = { notFound: 'order-not-found' } as const

export const cancel: FastifyPluginAsyncZod<{ db: Db }> = async (app, { db }) => {
  app.post('/orders/:id/cancel', { schema, config }, async (request) => {
    return await cancelOrder(db, request.params.id, request.body.buyerId)
  })
}
