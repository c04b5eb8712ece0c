import { LookUpAnswer } from '@flashsale/contracts/http/inventory.ts'
import { OrderId } from '@flashsale/contracts/ids.ts'
import type { WatchedRedis } from '@flashsale/redis/connection.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { lookUpOrder } from '../stock/look-up-order.ts'
import type { SaleRegister } from '../stock/sale-register.ts'

const schema = { params: z.object({ orderId: OrderId }), response: { 200: LookUpAnswer } }

type Deps = { db: Db; redis: WatchedRedis; register: SaleRegister }

export const lookUp: FastifyPluginAsyncZod<Deps> = async (app, deps) => {
  app.get('/orders/:orderId', { schema }, ({ params }) => lookUpOrder(deps, params.orderId))
}
