import { NewSale } from '@flashsale/contracts/http/inventory.ts'
import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { InventoryAdmin } from '../../clients/inventory-admin.ts'
import type { SaleBoard } from '../../jobs/sale-board.ts'
import { bearer } from '../../plugins/openapi.ts'
import type { AdminAction } from '../../plugins/record-actions.ts'
import { problems } from '../problems.ts'
import { AdminSale, withState } from '../sale-view.ts'

const EARLIEST_MS = Date.parse('2000-01-01T00:00:00Z')
const LATEST_MS = Date.parse('2200-01-01T00:00:00Z')
const isOfOurTime = (time: string) =>
  Date.parse(time) >= EARLIEST_MS && Date.parse(time) < LATEST_MS

/** Postgres can't store a NUL, nor every year that can be written down. */
const Body = NewSale.refine(({ title, sku }) => !`${title}${sku}`.includes('\0'), {
  path: ['title'],
  message: 'title and sku hold no NUL',
}).refine(({ opensAt, closesAt }) => isOfOurTime(opensAt) && isOfOurTime(closesAt), {
  path: ['opensAt'],
  message: 'opensAt and closesAt lie between the years 2000 and 2200',
})

const schema = {
  ...bearer,
  summary: 'A new sale: answered once its stock is loaded and verified',
  body: Body,
  response: { 201: AdminSale, ...problems(400, 401, 403, 413, 415, 429, 503) },
}
const action: AdminAction = {
  name: 'sale.create',
  target: () => 'sale:new', // with its change stands which
}
type Deps = { board: SaleBoard; inventoryAdmin: Pick<InventoryAdmin, 'create'> }

export const createSale: FastifyPluginAsyncZod<Deps> = async (app, { board, inventoryAdmin }) => {
  app.post('/sales', { schema, config: { action } }, async (request, reply) => {
    const result = await inventoryAdmin.create(request.body, request.noted?.id)
    if (result.kind === 'sale') board.learn(result.sale)
    await board.refresh({ fresh: true })
    if (result.kind !== 'sale') return sendProblem(reply, 'try-later')
    return reply.code(201).send(withState(board, result.sale))
  })
}
