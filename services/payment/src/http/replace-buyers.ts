import { ReplaceAnswer, ReplaceBody } from '@flashsale/contracts/http/erasure.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { Problem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { replaceBuyers } from '../db/replace-buyers.ts'

const schema = { body: ReplaceBody, response: { 200: ReplaceAnswer, 400: Problem } }

/** Asked by inventory, for buyers who are erased. */
export const replaceBuyersOfPayments: FastifyPluginAsyncZod<{ db: Db }> = async (app, { db }) => {
  app.post('/internal/buyers/replace', { schema }, async ({ body }) => ({
    replaced: await replaceBuyers(db, body.orders),
  }))
}
