import { OrderView } from '@flashsale/contracts/http/order.ts'
import { OrderId } from '@flashsale/contracts/ids.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { Problem, sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { toOrderView } from '../db/order-row.ts'
import { readOrders } from '../db/read-orders.ts'

const schema = {
  params: z.object({ id: OrderId }),
  response: { 200: OrderView, 404: Problem },
}

const config = { notFound: 'order-not-found' } as const // an id that can't be one is no order

export const getOrder: FastifyPluginAsyncZod<{ db: Db }> = async (app, { db }) => {
  app.get('/orders/:id', { schema, config }, async (request, reply) => {
    const [row] = await readOrders(db, [request.params.id])
    const view = row && toOrderView(row)
    return view ? reply.code(200).send(view) : sendProblem(reply, 'order-not-found')
  })
}
