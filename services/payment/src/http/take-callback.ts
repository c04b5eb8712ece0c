import type { Db } from '@flashsale/service-kit/db.ts'
import { Problem, sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { storeCallback } from '../db/callbacks.ts'
import { signatureHolds } from '../domain/bank-signature.ts'

const BODY_MAX_BYTES = 65_536

const schema = {
  params: z.object({ provider: z.string() }),
  headers: z.object({ 'bank-signature': z.string().optional() }),
  response: { 200: z.object({}), 401: Problem, 404: Problem, 413: Problem },
}
type Deps = { db: Db; secrets: Map<string, string> }

/** Answered as soon as it is on disk; what it means is settled later, in a row under its order's key. */
export const takeCallback: FastifyPluginAsyncZod<Deps> = async (app, { db, secrets }) => {
  app.removeAllContentTypeParsers() // the signature is over the bytes as they came
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  const options = { schema, bodyLimit: BODY_MAX_BYTES }
  app.post('/internal/callbacks/:provider', options, async (request, reply) => {
    const { provider } = request.params
    const secret = secrets.get(provider)
    if (!secret) return sendProblem(reply, 'not-found')
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const signature = request.headers['bank-signature']
    if (!signature || !signatureHolds({ header: signature, body, secret, nowMs: Date.now() })) {
      return sendProblem(reply, 'signature-invalid')
    }
    await db.tx((tx) => storeCallback(tx, { provider, body, signature }))
    return reply.code(200).send({})
  })
}
