import { PaymentAnswer, PaymentBody } from '@flashsale/contracts/http/payment.ts'
import type { RuntimeConfig } from '@flashsale/runtime-config/runtime-config.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { Problem, sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Bank } from '../clients/bank.ts'
import { openPayment } from './open-payment.ts'

const schema = {
  body: PaymentBody,
  response: { 201: PaymentAnswer, 400: Problem, 409: Problem, 503: Problem },
}
type Deps = {
  db: Db
  bank: Bank
  checkBackMs: number
  runtimeConfig: Pick<RuntimeConfig, 'current'>
}

/** The payment of an order, made on first demand; the same one again after that. */
export const requestPayment: FastifyPluginAsyncZod<Deps> = async (app, deps) => {
  app.post('/internal/payments', { schema }, async (request, reply) => {
    const areClosed = deps.runtimeConfig.current().switches.closeCardPayments
    const result = await openPayment({ ...deps, areClosed }, request.body)
    switch (result.kind) {
      case 'open': {
        const { paymentId, checkoutUrl, amountMinor } = result
        return reply.code(201).send({ paymentId, checkoutUrl, amountMinor })
      }
      case 'not-payable':
      case 'payments-closed':
        return sendProblem(reply, result.kind)
      case 'unknown':
        return sendProblem(reply, 'try-later')
    }
  })
}
