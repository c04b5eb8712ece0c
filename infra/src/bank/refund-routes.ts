import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Book } from './book.ts'
import { Refusal } from './refusal.ts'
import { statement } from './statement.ts'

const NewRefund = z.strictObject({
  refundId: z.string().min(1).max(100),
  paymentId: z.string().min(1).max(100),
  amountMinor: z.int().positive(),
})
const View = NewRefund.extend({ state: z.literal('done'), at: z.iso.datetime() })
const Statement = z.object({
  date: z.iso.date(),
  lines: z.array(
    z.object({
      kind: z.enum(['capture', 'refund']),
      at: z.iso.datetime(),
      paymentId: z.string(),
      refundId: z.string().optional(),
      amountMinor: z.int().positive(),
      currency: z.string(),
    }),
  ),
  totals: z.record(
    z.string(), // currency
    z.object({ capturedMinor: z.int(), refundedMinor: z.int(), netMinor: z.int() }),
  ),
})

export const refundRoutes: FastifyPluginAsyncZod<{ book: Book }> = async (app, { book }) => {
  const view = (refundId: string) => {
    const refund = book.refund(refundId)
    return refund && { ...refund, state: 'done' as const }
  }

  const giveSchema = {
    body: NewRefund,
    response: { 200: View, 404: Refusal, 409: Refusal },
  }
  app.post('/refunds', { schema: giveSchema }, async ({ body }, reply) => {
    const result = book.giveBack(body)
    if (result === 'conflict') return reply.code(409).send({ error: 'conflict' })
    return view(body.refundId) ?? reply.code(404).send({ error: 'not-found' })
  })

  const refundId = z.string().min(1).max(100)
  const readSchema = { params: z.object({ refundId }), response: { 200: View, 404: Refusal } }
  app.get('/refunds/:refundId', { schema: readSchema }, async ({ params }, reply) => {
    return view(params.refundId) ?? reply.code(404).send({ error: 'not-found' })
  })

  const params = z.object({ date: z.iso.date() })
  const daySchema = { params, response: { 200: Statement } }
  app.get('/statements/:date', { schema: daySchema }, async (request) => {
    return statement(book, request.params.date)
  })
}
