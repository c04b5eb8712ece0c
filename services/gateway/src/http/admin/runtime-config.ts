import {
  ConfigChange,
  ConfigChanged,
  ConfigHistory,
  ConfigRollBack,
  ConfigTold,
} from '@flashsale/contracts/http/runtime-config.ts'
import { configTag } from '@flashsale/runtime-config/ask-inventory.ts'
import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ConfigAnswer } from '../../clients/runtime-config.ts'
import type { ConfigBoard } from '../../jobs/config-board.ts'
import { bearer } from '../../plugins/openapi.ts'
import type { AdminAction } from '../../plugins/record-actions.ts'
import { problems } from '../problems.ts'
import { withoutBuyers } from './without-buyers.ts'

const querystring = z.object({ dryRun: z.enum(['true', 'false']).default('false') })
const changed = { 200: ConfigChanged, ...problems(400, 401, 403, 409, 413, 415, 429, 503) }

const readSchema = {
  ...bearer,
  summary: 'The runtime configuration: limits, switches, canary, faults (docs/runtime-config.md)',
  response: { 200: ConfigTold, 304: z.null(), ...problems(401, 403, 429, 503) },
}
const changeSchema = {
  ...bearer,
  summary: 'Change parts of the configuration, everywhere within 2 s; a dry run changes nothing',
  querystring,
  body: ConfigChange,
  response: changed,
}
const rollBackSchema = {
  ...bearer,
  summary: 'Make a new version of the configuration that says what an earlier one did',
  querystring,
  body: ConfigRollBack,
  response: { ...changed, ...problems(404) },
}
const historySchema = {
  ...bearer,
  summary: 'Every change of the configuration, newest first: who, why, when, and what',
  querystring: z.object({
    cursor: z
      .string()
      .regex(/^[1-9]\d{0,15}$/)
      .optional(),
    limit: z.coerce.number().int().min(1).max(100).default(20),
  }),
  response: { 200: ConfigHistory, ...problems(400, 401, 403, 429, 503) },
}
type Deps = {
  runtimeConfig: Pick<ConfigBoard, 'read' | 'change' | 'rollBack' | 'history' | 'version'>
}

export const readConfig: FastifyPluginAsyncZod<Deps> = async (app, { runtimeConfig }) => {
  app.get('/config', { schema: readSchema }, async (request, reply) => {
    const found = await runtimeConfig.read()
    if (found.kind === 'unreachable') return sendProblem(reply, 'try-later')
    const etag = configTag(found.told.version)
    reply.header('etag', etag)
    if (request.headers['if-none-match'] === etag) return reply.code(304).send(null)
    return reply.code(200).send(found.told)
  })

  app.get('/config/history', { schema: historySchema }, async (request, reply) => {
    const found = await runtimeConfig.history(request.query)
    if (found.kind === 'unreachable') return sendProblem(reply, 'try-later')
    return reply.code(200).send(found.page)
  })
}

export const changeConfig: FastifyPluginAsyncZod<Deps> = async (app, { runtimeConfig }) => {
  const action = (name: string): AdminAction => ({
    name,
    target: () => 'configuration',
    asked: ({ body, query }) => withoutBuyers({ ...(body as object), ...(query as object) }),
    before: () => ({ version: runtimeConfig.version() }), // what it said is in the history
    after: (answer) => {
      const { version, differences } = answer as ConfigChanged
      return withoutBuyers({ version, differences })
    },
    recordCanWait: true,
  })
  const [change, back] = [action('config.change'), action('config.roll-back')]
  app.patch(
    '/config',
    { schema: changeSchema, config: { action: change } },
    async (request, reply) => {
      const asked = {
        ...request.body,
        who: request.user.id,
        dryRun: request.query.dryRun === 'true',
      }
      return answer(reply as FastifyReply, await runtimeConfig.change(asked))
    },
  )

  app.post(
    '/config/roll-back',
    { schema: rollBackSchema, config: { action: back } },
    async (request, reply) => {
      const asked = {
        ...request.body,
        who: request.user.id,
        dryRun: request.query.dryRun === 'true',
      }
      return answer(reply as FastifyReply, await runtimeConfig.rollBack(asked))
    },
  )
}

function answer(reply: FastifyReply, result: ConfigAnswer) {
  switch (result.kind) {
    case 'changed':
      return reply.code(200).send(result.changed)
    case 'unreachable':
      return sendProblem(reply, 'try-later')
    default: {
      const { kind, ...facts } = result
      return sendProblem(reply, kind, facts)
    }
  }
}
