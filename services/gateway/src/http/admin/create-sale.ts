import { NewSale } from '@flashsale/contracts/http/inventory.ts'
import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { InventoryAdmin } from '../../clients/inventory-admin.ts'
import type { SaleBoard } from '../../jobs/sale-board.ts'
import { bearer } from '../../plugins/openapi.ts'
import { problems } from '../problems.ts'
import { AdminSale, withState } from '../sale-view.ts'

/** What Postgres can't store is no title: it has no NUL. */
const Body = NewSale.refine(({ title, sku }) => !`${title}${sku}`.includes('\0'), {
  path: ['title'],
  message: 'title and sku hold no NUL',
})

const schema = {
  ...bearer,
  summary: 'A new sale: answered once its stock is loaded and verified',
  body: Body,
  response: { 201: AdminSale, ...problems(400, 401, 403, 413, 415, 503) },
}
type Deps = { board: SaleBoard; inventoryAdmin: Pick<InventoryAdmin, 'create'> }

export const createSale: FastifyPluginAsyncZod<Deps> = async (app, { board, inventoryAdmin }) => {
  app.post('/sales', { schema }, async (request, reply) => {
    const result = await inventoryAdmin.create(request.body)
    await board.refresh()
    if (result.kind !== 'sale') return sendProblem(reply, 'try-later')
    return reply.code(201).send(withState(board, result.sale))
  })
}
