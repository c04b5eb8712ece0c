import { Audit } from '@flashsale/contracts/http/audit.ts'
import { SaleId } from '@flashsale/contracts/ids.ts'
import { Problem, sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { BooksReader } from '../audit/books-reader.ts'

const schema = {
  params: z.object({ id: SaleId }),
  response: { 200: Audit, 404: Problem, 503: Problem },
}

const config = { notFound: 'sale-not-found' } as const

export const audit: FastifyPluginAsyncZod<{ books: BooksReader }> = async (app, { books }) => {
  app.get('/sales/:id/audit', { schema, config }, async (request, reply) => {
    const result = await books.read(request.params.id)
    switch (result.kind) {
      case 'judged':
        return reply.send(result.audit)
      case 'no-such-sale':
        return sendProblem(reply, 'sale-not-found')
      case 'unavailable':
        return sendProblem(reply, 'try-later', { detail: result.what })
    }
  })
}
