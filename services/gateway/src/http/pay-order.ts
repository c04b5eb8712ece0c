import { PaymentAnswer, PaymentBody } from '@flashsale/contracts/http/payment.ts'
import type { OrderId } from '@flashsale/contracts/ids.ts'
import type { OrderIds } from '@flashsale/contracts/order-id.ts'
import { sendAnswer, sendProblem } from '@flashsale/service-kit/problem.ts'
import { sleep } from '@flashsale/service-kit/wait.ts'
import { inSteps } from '@flashsale/tracing/spans.ts'
import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { InventoryClient } from '../clients/inventory.ts'
import type { OrderClient } from '../clients/order.ts'
import type { PaymentClient } from '../clients/payment.ts'
import type { Asker } from '../domain/split.ts'
import { bearer } from '../plugins/openapi.ts'
import { askerOf, trackHeaders } from './asker.ts'
import { closedBy, type Switches } from './closed.ts'
import { orderParams } from './order-of-buyer.ts'
import { problems } from './problems.ts'

const WAIT_FOR_ORDER_MS = 1000
const READ_PAUSES_MS = { first: 50, max: 250 } // doubled: a crowd that waits is no load of its own

const schema = {
  ...bearer,
  summary: 'Pay: the checkout of an order, the same one again',
  params: orderParams,
  headers: z.object(trackHeaders),
  response: { 201: PaymentAnswer, ...problems(401, 403, 404, 409, 413, 429, 503) },
}
type Deps = {
  runtimeConfig: Switches
  orderIds: OrderIds
  order: Pick<OrderClient, 'read'>
  inventory: Pick<InventoryClient, 'lookUp'>
  payment: Pick<PaymentClient, 'pay'>
}

export const payOrder: FastifyPluginAsyncZod<Deps> = async (app, deps) => {
  const { runtimeConfig, orderIds, order, inventory, payment } = deps
  const guards = { onRequest: [app.authenticate, app.limitCalls('payment')] }

  app.post('/v1/orders/:id/payment', { ...guards, schema }, async (request, reply) => {
    const { id } = request.params
    const { readOnly } = runtimeConfig.current().switches
    if (readOnly) return sendAnswer(reply as FastifyReply, closedBy('readOnly'))
    const buyerId = request.user.id
    if (!orderIds.belongsTo(id, buyerId)) return sendProblem(reply, 'order-not-found')
    const asker = askerOf(request)
    const found = await waitForRow(order, id, asker)
    if (found.kind === 'unreachable') return sendProblem(reply, 'try-later')
    if (found.kind === 'none') {
      const { kind } = await inventory.lookUp(id)
      const over = kind === 'absent' || kind === 'refused'
      return sendProblem(reply, over ? 'not-payable' : 'order-not-ready')
    }
    const { row } = found
    if (row.buyerId !== buyerId) return sendProblem(reply, 'order-not-found')
    if (row.state !== 'pending-payment') return sendProblem(reply, 'not-payable')

    const step = { name: 'POST /v1/orders/:id/payment', orderId: id, kind: 'server' } as const
    const wanted = PaymentBody.parse({ ...row, orderId: id })
    const result = await inSteps([step], () => payment.pay(wanted, asker))
    switch (result.kind) {
      case 'payment':
        return reply.code(201).send(result.payment)
      case 'not-payable':
        return sendProblem(reply, 'not-payable')
      case 'payments-closed':
        return sendAnswer(reply as FastifyReply, closedBy('closeCardPayments'))
      case 'unreachable':
        return sendProblem(reply, 'try-later')
    }
  })
}

/** A hold becomes an order within moments; a buyer who pays at once is not sent away for that. */
async function waitForRow(order: Deps['order'], id: OrderId, asker: Asker) {
  const giveUpAtMs = performance.now() + WAIT_FOR_ORDER_MS
  for (let pauseMs = READ_PAUSES_MS.first; ; pauseMs = Math.min(2 * pauseMs, READ_PAUSES_MS.max)) {
    const found = await order.read(id, asker)
    if (found.kind !== 'none' || performance.now() >= giveUpAtMs) return found
    await sleep(pauseMs)
  }
}
