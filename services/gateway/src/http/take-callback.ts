import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { PaymentClient } from '../clients/payment.ts'
import { problems } from './problems.ts'

const schema = {
  summary: 'For payment providers: what became of a payment, signed over the raw body',
  params: z.object({ provider: z.string() }),
  headers: z.object({ 'bank-signature': z.string().optional() }),
  response: { 200: z.object({}), ...problems(401, 404, 413, 503) },
}
type Deps = { payment: Pick<PaymentClient, 'store'> }

export const takeCallback: FastifyPluginAsyncZod<Deps> = async (app, { payment }) => {
  app.post('/v1/payments/callbacks/:provider', { schema }, async (request, reply) => {
    const body = request.body instanceof Uint8Array ? request.body : new Uint8Array()
    const signature = request.headers['bank-signature']
    const result = await payment.store({ provider: request.params.provider, body, signature })
    switch (result.kind) {
      case 'stored':
        return reply.code(200).send({})
      case 'signature-invalid':
      case 'not-found':
        return sendProblem(reply, result.kind)
      case 'unreachable':
        return sendProblem(reply, 'try-later')
    }
  })
}
