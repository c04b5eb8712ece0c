import {
  ForgetAnswer,
  ForgetBody,
  ReplaceAnswer,
  ReplaceBody,
} from '@flashsale/contracts/http/erasure.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { Problem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { forgetBuyers, replaceBuyers } from '../db/replace-buyers.ts'

/** Asked by inventory, which knows whose sale is over, and what stands in a buyer's place. */
export const eraseBuyers: FastifyPluginAsyncZod<{ db: Db }> = async (app, { db }) => {
  const replaceSchema = { body: ReplaceBody, response: { 200: ReplaceAnswer, 400: Problem } }
  app.post('/buyers/replace', { schema: replaceSchema }, async ({ body }) => ({
    replaced: await db.tx((tx) => replaceBuyers(tx, body.orders)),
  }))
  const forgetSchema = { body: ForgetBody, response: { 200: ForgetAnswer, 400: Problem } }
  app.post('/buyers/forget', { schema: forgetSchema }, ({ body }) =>
    forgetBuyers(db, new Date(body.before)),
  )
}
