import type { IncomingMessage, ServerResponse } from 'node:http'
import { observeRequest } from '@flashsale/service-kit/probes.ts'
import fp from 'fastify-plugin'
import type { Cors } from '../http/cors.ts'

const LABELS = { method: 'OPTIONS', route: 'preflight' }

/**
 * For pages of other origins, where any may ask. A preflight is answered in front of the router with what
 * was made once: nothing of it costs more than a "no". Registered only where there are such pages.
 */
export const answerPages = fp<{ cors: Cors; headers: Record<string, string> }>(
  async (app, { cors, headers: always }) => {
    app.addHook('onSend', async (request, reply) => {
      reply.headers(cors.headersFor(request.raw.headers.origin)) // of the schema only what it names is left
    })

    const routes = app.server.listeners('request')
    app.server.removeAllListeners('request')
    app.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const preflight = cors.preflight(request)
      if (!preflight) {
        for (const route of routes) route.call(app.server, request, response)
        return
      }
      const { status, headers } = preflight
      const last = app.lifecycle.draining && { connection: 'close' }
      response.writeHead(status, { ...always, ...headers, ...last }).end()
      observeRequest({ ...LABELS, status }, 0)
    })
  },
  { name: 'answer-pages' },
)
