import { ActionHeaders, actionOf } from '@flashsale/contracts/http/admin-actions.ts'
import { EraseBody, Erasure } from '@flashsale/contracts/http/erasure.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { Problem, sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { recordChange } from '../db/admin-actions.ts'
import { insertErasure, readErasure } from '../db/erasures.ts'
import type { SubjectOf } from '../domain/buyer-subject.ts'

const ERASURES = '/erasures'
type Deps = { db: Db; subjectOf: SubjectOf }

/** POST: a buyer is to be erased, from now on by the job. GET: how far it is. */
export const erasures: FastifyPluginAsyncZod<Deps> = async (app, { db, subjectOf }) => {
  const askSchema = { headers: ActionHeaders, body: EraseBody, response: { 202: Erasure } }
  app.post(ERASURES, { schema: askSchema }, async (request, reply) => {
    const { buyerId } = request.body
    const subject = subjectOf(buyerId)
    const erasure = await db.tx(async (tx) => {
      await insertErasure(tx, subject, buyerId)
      const asked = await readErasure(tx, subject)
      const change = { target: `buyer:${subject}`, after: asked }
      await recordChange(tx, actionOf(request), change)
      return asked
    })
    return erasure ? reply.code(202).send(erasure) : sendProblem(reply, 'try-later')
  })

  const readSchema = { querystring: EraseBody, response: { 200: Erasure, 404: Problem } }
  app.get(ERASURES, { schema: readSchema }, async (request, reply) => {
    const erasure = await readErasure(db, subjectOf(request.query.buyerId))
    return erasure ? reply.send(erasure) : sendProblem(reply, 'not-found')
  })
}
