import { UnitsBody } from '@flashsale/contracts/http/inventory.ts'
import { SaleId } from '@flashsale/contracts/ids.ts'
import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { InventoryAdmin } from '../../clients/inventory-admin.ts'
import type { SaleBoard } from '../../jobs/sale-board.ts'
import { rawBody } from '../../plugins/bodies.ts'
import { bearer } from '../../plugins/openapi.ts'
import { problems } from '../problems.ts'
import { AdminSale, withState } from '../sale-view.ts'

const schema = {
  ...bearer,
  params: z.object({ saleId: SaleId }),
  response: { 200: AdminSale, ...problems(401, 403, 404, 409, 413, 429, 503) },
}
const response = { ...schema.response, ...problems(400, 415) } // of the calls with a body
const config = { notFound: 'sale-not-found' } as const // also for an id that can't be one
type Deps = { board: SaleBoard; inventoryAdmin: Pick<InventoryAdmin, 'change'> }
type Changed = Awaited<ReturnType<InventoryAdmin['change']>>

/** POST /sales/:saleId/pause, /resume and /close: they have no body. */
export const changePhase: FastifyPluginAsyncZod<Deps> = async (app, { board, inventoryAdmin }) => {
  await app.register(rawBody)
  for (const change of ['pause', 'resume', 'close'] as const) {
    const summary = `${change} a sale`
    app.post(
      `/sales/:saleId/${change}`,
      { schema: { ...schema, summary }, config },
      async (request, reply) =>
        answer(reply, board, await inventoryAdmin.change(request.params.saleId, change)),
    )
  }
}

/** POST /sales/:saleId/withdraw and /restock, of so many units. */
export const changeUnits: FastifyPluginAsyncZod<Deps> = async (app, { board, inventoryAdmin }) => {
  for (const change of ['withdraw', 'restock'] as const) {
    const summary = `${change} units of a sale`
    app.post(
      `/sales/:saleId/${change}`,
      { schema: { ...schema, summary, body: UnitsBody, response }, config },
      async (request, reply) => {
        const { saleId } = request.params
        return answer(reply, board, await inventoryAdmin.change(saleId, change, request.body))
      },
    )
  }
}

async function answer(reply: FastifyReply, board: SaleBoard, result: Changed) {
  if (result.kind === 'sale') board.learn(result.sale)
  await board.refresh({ fresh: true }) // so that the next call here sees what this one did
  switch (result.kind) {
    case 'sale':
      return reply.code(200).send(withState(board, result.sale))
    case 'unreachable':
      return sendProblem(reply, 'try-later')
    default: {
      const { kind, ...facts } = result
      return sendProblem(reply, kind, facts)
    }
  }
}
