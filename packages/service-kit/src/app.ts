import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { activeIds } from '@flashsale/tracing/spans.ts'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import { askInTurn } from './ask-in-turn.ts'
import { type ConnectionLimits, connectionLimits, serverOptions } from './connection-limits.ts'
import { watchConnections } from './connections.ts'
import { continueTraces } from './continue-traces.ts'
import { addErrors, nothingHere } from './errors.ts'
import { unlogged } from './log.ts'
import { troubleOnTheWire } from './on-the-wire.ts'
import { addProbes, isProbe, type Ready } from './probes.ts'

const BODY_LIMIT_BYTES = 64 * 1024
export const RELEASE_HEADER = 'x-flashsale-release'
const PARAM_CHARS_MAX = 16_384 // as long as any path: a longer id is the route's own 404

declare module 'fastify' {
  interface FastifyContextConfig {
    /** In place of those of every answer. */
    headers?: Record<string, string>
  }
  interface FastifyInstance {
    /**
     * `runService` sets `draining` when the process was asked to end: no longer ready, still answering.
     * Since then, `askedAtMs` is when the last request was answered that is no probe.
     */
    lifecycle: { draining: boolean; askedAtMs: number }
  }
}

export type AppOptions = {
  name: string
  logLevel?: string
  /** Whether it can do its work now: GET /readyz. */
  ready?: Ready
  bodyLimitBytes?: number
  connections?: Partial<ConnectionLimits> | undefined
  /** Said in every answer, to services that call this one: which release of it they have met. */
  release?: string | undefined
  /** The path that is routed: for one that could not be decoded otherwise. */
  rewriteUrl?: (request: Pick<IncomingMessage, 'url'>) => string
  /** True for the door: what a stranger says of traces is not believed. */
  public?: boolean
  /** On every answer that has none of the name, also where no route was found. */
  headers?: Record<string, string>
}
export type App = FastifyInstance<
  Server,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>

/** Fastify with zod schemas, problem documents for every error, and the probes. No request log. */
export function createApp(options: AppOptions): App {
  const { name, logLevel = 'info', ready = () => true, headers = {} } = options
  const limits = { ...connectionLimits, ...options.connections }
  const app = Fastify({
    logger: {
      level: logLevel,
      base: { name, pid: process.pid },
      mixin: activeIds,
      redact: { paths: unlogged, remove: true },
    },
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { maxParamLength: PARAM_CHARS_MAX },
    ...(options.rewriteUrl && { rewriteUrl: options.rewriteUrl }),
    bodyLimit: options.bodyLimitBytes ?? BODY_LIMIT_BYTES,
    ...serverOptions(limits),
    return503OnClosing: false, // while it drains, it still answers what comes over open connections
    clientErrorHandler: (error, socket) =>
      troubleOnTheWire({ connections, headers }, error, socket),
    frameworkErrors: (_error, _request, reply) => nothingHere(reply.headers(headers)),
  }).withTypeProvider<ZodTypeProvider>()
  const connections = watchConnections(app.server, limits)
  // Headers are bounded by their bytes: none is left out. A client that has sent all it wants to say
  // still gets its answers.
  Object.assign(app.server, { maxHeadersCount: 0, httpAllowHalfOpen: true })
  app.addHook('onReady', async () => askInTurn(app.server, limits, { connections, headers })) // in front of all else

  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.decorate('lifecycle', { draining: false, askedAtMs: 0 })
  app.addHook('onSend', async (request, reply) => {
    if (!app.lifecycle.draining) return
    reply.header('connection', 'close')
    if (!isProbe(request.url)) app.lifecycle.askedAtMs = performance.now()
  })
  if (options.headers) addHeaders(app, headers)
  if (!options.public) continueTraces(app)
  if (options.release !== undefined) sayRelease(app, options.release)
  addErrors(app)
  addProbes(app, ready)
  return app
}

function sayRelease(app: App, release: string) {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header(RELEASE_HEADER, release)
    done()
  })
}

/** A route's own word stands. */
function addHeaders(app: App, headers: Record<string, string>) {
  app.addHook('onSend', async ({ routeOptions: { config } }, reply) => {
    for (const [name, value] of Object.entries(config?.headers ?? headers)) {
      if (!reply.hasHeader(name)) reply.header(name, value)
    }
  })
}
