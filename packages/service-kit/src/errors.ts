import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { App } from './app.ts'
import { Fault } from './fault.ts'
import {
  PROBLEM_TYPE,
  type ProblemCode,
  problemCode,
  retryAfterSeconds,
  sendProblem,
  sendReady,
} from './problem.ts'
import { isFailedOver } from './timeline.ts'
import { isTransient } from './transient.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a path parameter that can't be one is answered with. */
    notFound?: ProblemCode
  }
}

/** Every error leaves as a problem document; what is our own fault is logged once, here. */
export function addErrors(app: App) {
  app.addHook('preSerialization', async (_request, reply, payload) => {
    const code = problemCode(payload)
    if (!code) return payload
    reply.header('content-type', PROBLEM_TYPE)
    const seconds = retryAfterSeconds(code)
    if (seconds && !reply.hasHeader('retry-after')) reply.header('retry-after', String(seconds))
    return payload
  })
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, 'not-found'))
  app.setErrorHandler<FastifyError>((error, request, reply) => answer(error, request, reply))
}

function answer(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  // It went away, or was sent away, in the middle of its body: nobody reads this.
  if (request.raw.destroyed && !request.raw.complete) return sendProblem(reply, 'invalid-request')
  if (error.validation) {
    if (error.validationContext === 'params') {
      return sendProblem(reply, request.routeOptions.config.notFound ?? 'not-found')
    }
    const where = error.validationContext ?? 'request'
    const errors = error.validation.map(({ instancePath, message }) => ({
      at: `${where}${instancePath === '/' ? '' : instancePath}`,
      message,
    }))
    return sendProblem(reply, 'invalid-request', { errors })
  }
  const code = fastifyProblem(error)
  if (code) return sendProblem(reply, code, { detail: error.message })

  const facts = error instanceof Fault ? { code: error.code, ...error.facts } : {}
  const route = `${request.method} ${request.routeOptions.url}`
  if (isTransient(error) || isFailedOver(error)) {
    request.log.warn({ ...facts, route, why: error.message }, 'what a request needs is away')
    return sendProblem(reply, 'try-later')
  }
  request.log.error({ ...facts, route, err: error }, 'request failed')
  return sendProblem(reply, 'internal')
}

const byStatus: Record<number, ProblemCode> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  413: 'payload-too-large',
  415: 'unsupported-media-type',
  429: 'rate-limited',
  503: 'try-later',
}

/** Only Fastify and its plugins speak in statuses; any other error is our own fault. */
function fastifyProblem({ code, statusCode = 500 }: FastifyError): ProblemCode | undefined {
  if (!code?.startsWith('FST_')) return undefined
  return byStatus[statusCode] ?? (statusCode < 500 ? 'invalid-request' : undefined)
}

/** A path that can't be decoded never reaches a route, or a hook. */
export function nothingHere(reply: FastifyReply) {
  sendReady(reply, 'not-found') // no hook runs here, so no object is sent
}
