import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Book, Checkout } from './book.ts'
import { Refusal } from './refusal.ts'

const COPIES_MAX = 50
const DELAY_MAX_MS = 60_000

const AmountMinor = z.int().positive()
const params = z.object({ paymentId: z.string().min(1).max(100) })
const State = z.enum(['open', 'submitted', 'captured', 'declined', 'abandoned', 'expired'])
const View = z.object({
  paymentId: z.string(),
  state: State,
  amountMinor: AmountMinor,
  currency: z.string(),
  capturedMinor: z.int(),
  refundedMinor: z.int(),
  capturedAt: z.iso.datetime().optional(),
})
const NewCheckout = z.strictObject({
  paymentId: z.string().min(1).max(100),
  amountMinor: AmountMinor,
  currency: z.string().regex(/^[A-Z]{3}$/),
  callbackUrl: z.url(),
})
const Trouble = z
  .strictObject({
    copies: z.int().min(1).max(COPIES_MAX).optional(),
    delayMs: z.int().min(0).max(DELAY_MAX_MS).optional(),
    amountMinor: AmountMinor.optional(),
    badSignature: z.boolean().optional(),
    neverCall: z.boolean().optional(),
  })
  .nullish()

type Deps = { book: Book; publicUrl: string }

export const checkoutRoutes: FastifyPluginAsyncZod<Deps> = async (app, { book, publicUrl }) => {
  const opened = z.object({ checkoutUrl: z.url() })
  const openSchema = { body: NewCheckout, response: { 200: opened, 409: Refusal } }
  app.post('/checkouts', { schema: openSchema }, async ({ body }, reply) => {
    if (book.open(body) === 'conflict') return reply.code(409).send({ error: 'conflict' })
    return { checkoutUrl: `${publicUrl}/checkouts/${body.paymentId}` }
  })

  const readSchema = { params, response: { 200: View, 404: Refusal } }
  app.get('/checkouts/:paymentId', { schema: readSchema }, async (request, reply) => {
    const checkout = book.checkout(request.params.paymentId)
    return checkout ? view(checkout) : reply.code(404).send({ error: 'not-found' })
  })

  const playSchema = { params, body: Trouble, response: { 200: View, 404: Refusal, 409: Refusal } }
  for (const input of ['pay', 'decline', 'abandon', 'expire'] as const) {
    app.post(`/checkouts/:paymentId/${input}`, { schema: playSchema }, async (request, reply) => {
      const played = book.play(request.params.paymentId, input, request.body ?? {})
      switch (played.kind) {
        case 'unknown-checkout':
          return reply.code(404).send({ error: 'not-found' })
        case 'conflict':
          return reply.code(409).send({ error: 'conflict', state: played.checkout.state })
        case 'ok':
          return view(played.checkout)
      }
    })
  }
}

function view({ callbackUrl: _, ...checkout }: Checkout) {
  return checkout
}
