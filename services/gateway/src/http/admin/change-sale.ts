import { UnitsBody } from '@flashsale/contracts/http/inventory.ts'
import { SaleId } from '@flashsale/contracts/ids.ts'
import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Change, InventoryAdmin } from '../../clients/inventory-admin.ts'
import type { SaleBoard } from '../../jobs/sale-board.ts'
import { rawBody } from '../../plugins/bodies.ts'
import { bearer } from '../../plugins/openapi.ts'
import type { AdminAction } from '../../plugins/record-actions.ts'
import { problems } from '../problems.ts'
import { AdminSale, withState } from '../sale-view.ts'

const schema = {
  ...bearer,
  params: z.object({ saleId: SaleId }),
  response: { 200: AdminSale, ...problems(401, 403, 404, 409, 413, 429, 503) },
}
const response = { ...schema.response, ...problems(400, 415) } // of the calls with a body
/** An id that can't be one is no sale. */
const configOf = (change: Change, board: SaleBoard) => {
  const saleOf = ({ params }: FastifyRequest) => params as z.infer<typeof schema.params>
  const action: AdminAction = {
    name: `sale.${change}`,
    target: (request) => `sale:${saleOf(request).saleId}`,
    before: (request) => {
      const { phase, stock, free } = board.get(saleOf(request).saleId) ?? {}
      return phase && { phase, stock, free }
    },
  }
  return { notFound: 'sale-not-found', action } as const
}
type Deps = { board: SaleBoard; inventoryAdmin: Pick<InventoryAdmin, 'change'> }
type Changed = Awaited<ReturnType<InventoryAdmin['change']>>

/** POST /sales/:saleId/pause, /resume and /close: they have no body. */
export const changePhase: FastifyPluginAsyncZod<Deps> = async (app, { board, inventoryAdmin }) => {
  await app.register(rawBody)
  for (const change of ['pause', 'resume', 'close'] as const) {
    const summary = `${change} a sale`
    app.post(
      `/sales/:saleId/${change}`,
      { schema: { ...schema, summary }, config: configOf(change, board) },
      async ({ params: { saleId }, noted }, reply) => {
        const changed = await inventoryAdmin.change({ saleId, change, action: noted?.id })
        return answer(reply, board, changed)
      },
    )
  }
}

/** POST /sales/:saleId/withdraw and /restock, of so many units. */
export const changeUnits: FastifyPluginAsyncZod<Deps> = async (app, { board, inventoryAdmin }) => {
  for (const change of ['withdraw', 'restock'] as const) {
    const summary = `${change} units of a sale`
    app.post(
      `/sales/:saleId/${change}`,
      {
        schema: { ...schema, summary, body: UnitsBody, response },
        config: configOf(change, board),
      },
      async ({ params: { saleId }, body, noted }, reply) => {
        const changed = await inventoryAdmin.change({ saleId, change, body, action: noted?.id })
        return answer(reply, board, changed)
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
