import {
  ConfigChanged,
  ConfigHistory,
  ConfigTold,
  InternalConfigChange,
  InternalConfigRollBack,
} from '@flashsale/contracts/http/runtime-config.ts'
import { configTag } from '@flashsale/runtime-config/ask-inventory.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { Problem, sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { readConfigHistory } from '../db/runtime-config.ts'
import type { ConfigTeller } from '../jobs/tell-config.ts'
import {
  type ChangedConfig,
  changeConfig,
  rollBackConfig,
} from '../runtime-config/change-config.ts'

type Deps = { db: Db; teller: Pick<ConfigTeller, 'latest' | 'fresh' | 'tell'>; log: Log }

const readSchema = {
  headers: z.object({ 'if-none-match': z.string().max(64).optional() }),
  querystring: z.object({ fresh: z.literal('true').optional() }),
  response: { 200: ConfigTold, 304: z.null() },
}
const historySchema = {
  querystring: z.object({
    cursor: z.coerce.number().int().positive().default(Number.MAX_SAFE_INTEGER),
    limit: z.coerce.number().int().min(1).max(100).default(20),
  }),
  response: { 200: ConfigHistory, 400: Problem },
}
const changed = { 200: ConfigChanged, 400: Problem, 404: Problem, 409: Problem }

/** Under /internal/config: what every service asks, and what operators do through the gateway. */
export const runtimeConfig: FastifyPluginAsyncZod<Deps> = async (app, { db, teller, log }) => {
  const deps = { db, tell: teller.tell, log }

  app.get('/config', { schema: readSchema }, async (request, reply) => {
    const told = request.query.fresh ? await teller.fresh() : teller.latest()
    const etag = configTag(told.version)
    reply.header('etag', etag)
    if (request.headers['if-none-match'] === etag) return reply.code(304).send(null)
    return reply.send(told)
  })

  app.patch(
    '/config',
    { schema: { body: InternalConfigChange, response: changed } },
    async (request, reply) => answer(reply, await changeConfig(deps, request.body)),
  )

  app.post(
    '/config/roll-back',
    { schema: { body: InternalConfigRollBack, response: changed } },
    async (request, reply) => answer(reply, await rollBackConfig(deps, request.body)),
  )

  app.get('/config/history', { schema: historySchema }, async (request) => {
    const { cursor, limit } = request.query
    const rows = await readConfigHistory(db, cursor, limit + 1)
    const changes = rows.slice(0, limit)
    const last = changes.at(-1)
    return rows.length > limit && last ? { changes, nextCursor: String(last.version) } : { changes }
  })
}

function answer(reply: FastifyReply, result: ChangedConfig) {
  switch (result.kind) {
    case 'changed': {
      const { kind: _kind, ...body } = result
      return reply.code(200).send(body)
    }
    case 'bad':
      return sendProblem(reply, 'invalid-request', { errors: result.errors })
    case 'config-changed':
      return sendProblem(reply, 'config-changed', { version: result.version })
    case 'not-found':
      return sendProblem(reply, 'not-found')
  }
}
