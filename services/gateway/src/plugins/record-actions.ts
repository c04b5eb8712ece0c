import { randomUUID } from 'node:crypto'
import {
  ActionId,
  type ActionNote,
  type ActionTarget,
} from '@flashsale/contracts/http/admin-actions.ts'
import { problemCode, sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import type { AddressOf } from '../domain/address-key.ts'
import type { ActionRecord } from '../jobs/action-record.ts'

type MaybeLater<T> = T | Promise<T>
/** How a call of an operator stands in the record. No part of it holds a token, or a buyer's id. */
export type AdminAction = {
  name: string
  target(request: FastifyRequest): ActionTarget
  /** The body, where it does not say. */
  asked?: (request: FastifyRequest) => unknown
  before?: (request: FastifyRequest) => MaybeLater<unknown>
  /** The answer, where it does not say. */
  after?: (answer: unknown) => unknown
  /** Not kept in the ledger: what an emergency needs goes on while no record can be written. */
  recordCanWait?: true
}
type Noted = Omit<ActionNote, 'stage' | 'at'> & { answer?: unknown }

declare module 'fastify' {
  interface FastifyContextConfig {
    action?: AdminAction
  }
  interface FastifyRequest {
    /** Of a change by an operator that is on its way. */
    noted: Noted | undefined
  }
}
type Deps = { actionRecord: ActionRecord; addressOf: AddressOf }

const READS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Every change by an operator is on record before it is made, and then what came of it. A route that
 * changes something and does not say how it stands in the record stops the gateway from starting.
 */
export const recordActions = fp<Deps>(
  async (app, { actionRecord, addressOf }) => {
    app.addHook('onRoute', assertRecorded)
    app.decorateRequest('noted', undefined)
    const nowIso = () => new Date().toISOString()

    app.addHook('preHandler', async (request, reply) => {
      const { action } = request.routeOptions.config
      if (!action) return
      const noted = await noteOf(request, action, addressOf(request.raw))
      const wanted = { ...noted, stage: 'wanted', at: nowIso() } as const
      if (action.recordCanWait) await actionRecord.writeLater(wanted)
      else if (!(await actionRecord.write(wanted))) return sendProblem(reply, 'try-later')
      request.noted = noted
      reply.header('request-id', noted.id)
    })
    app.addHook('preSerialization', async (request, _reply, payload) => {
      if (request.noted) request.noted.answer = payload
      return payload
    })
    app.addHook('onSend', async ({ noted, routeOptions: { config } }, reply) => {
      if (!noted) return
      const { answer, asked: _told, ...rest } = noted
      const isDone = reply.statusCode < 400
      const after = isDone && { after: config.action?.after?.(answer) ?? answer }
      const outcome = isDone ? 'done' : (problemCode(answer) ?? String(reply.statusCode))
      const note = { ...rest, ...after, outcome }
      await actionRecord.writeLater({ ...note, stage: 'answered', at: nowIso() })
    })
  },
  { name: 'record-actions', dependencies: ['authenticate'] },
)

async function noteOf(request: FastifyRequest, action: AdminAction, address: string) {
  const asked = action.asked ? action.asked(request) : request.body
  const before = await action.before?.(request)
  return {
    id: ActionId.parse(randomUUID()),
    who: request.user.id,
    address,
    action: action.name,
    target: action.target(request),
    ...(isBody(asked) && { asked }),
    ...(before !== undefined && { before }),
  }
}

/** Calls without a body of their own take any bytes, and drop them. */
const isBody = (asked: unknown) =>
  asked !== undefined && asked !== null && !(asked instanceof Uint8Array)

function assertRecorded({ method, url, config }: RouteOptions) {
  if ([method].flat().every((one) => READS.has(one)) || config?.action) return
  throw new Error(`${method} ${url} changes something and has no place in the record`)
}
