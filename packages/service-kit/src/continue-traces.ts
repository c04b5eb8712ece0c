import { startRequest } from '@flashsale/tracing/spans.ts'
import type { FastifyInstance } from 'fastify'

/** What a request does belongs to the trace that its header names, if that is recorded. */
export function continueTraces(app: Pick<FastifyInstance, 'addHook'>) {
  app.addHook('onRequest', (request, reply, done) => {
    const { traceparent } = request.headers
    if (typeof traceparent !== 'string') return done()
    const name = `${request.method} ${request.routeOptions.url ?? request.url}`
    const started = startRequest(name, traceparent)
    if (!started) return done()
    reply.raw.once('close', () => {
      started.span.setAttribute('http.response.status_code', reply.statusCode)
      started.span.end()
    })
    started.run(done)
  })
}
