import {
  ActionNote,
  ActionQuery,
  AdminActionPage,
} from '@flashsale/contracts/http/admin-actions.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { Problem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { insertNote, listActions } from '../db/admin-actions.ts'
import type { SubjectOf } from '../domain/buyer-subject.ts'

const RECORD = '/admin/actions'
export type AdminActionDeps = { db: Db; subjectOf: SubjectOf }

/** POST and GET /admin/actions: what operators want to do, and what came of it. */
export const adminActions: FastifyPluginAsyncZod<AdminActionDeps> = async (
  app,
  { db, subjectOf },
) => {
  const buyerTarget = (buyer: string) => `buyer:${subjectOf(buyer)}`

  const noteSchema = { body: ActionNote, response: { 201: z.object({}), 400: Problem } }
  app.post(RECORD, { schema: noteSchema }, async (request, reply) => {
    const { target, ...note } = request.body
    const named = typeof target === 'string' ? target : buyerTarget(target.buyer)
    await insertNote(db, { ...note, target: named })
    return reply.code(201).send({})
  })

  const listSchema = { querystring: ActionQuery, response: { 200: AdminActionPage, 400: Problem } }
  app.get(RECORD, { schema: listSchema }, async ({ query: { buyer, ...filter } }) => {
    const target = buyer === undefined ? filter.target : buyerTarget(buyer)
    return listActions(db, { ...filter, target })
  })
}
