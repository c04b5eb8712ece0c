import { collectDefaultMetrics, Histogram, register } from 'prom-client'
import type { App } from './app.ts'
import { problem } from './problem.ts'

const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

const PROBES = new Set(['/healthz', '/readyz', '/metrics'])
export const isProbe = (url: string) => PROBES.has(url)

type Labels = { method: string; route: string; status: number }
let requestSeconds: Histogram<'method' | 'route' | 'status'> | undefined

/** GET /healthz: it runs. GET /readyz: it can work. GET /metrics: for Prometheus. */
export function addProbes(app: App, ready: () => Promise<boolean> | boolean) {
  const seconds = metrics()
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request
    const labels = { method, route: routeOptions.url ?? 'none', status: reply.statusCode }
    seconds.observe(labels, reply.elapsedTime / 1000)
  })
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const isReady = !app.lifecycle.draining && (await readyOrNot(ready))
    return isReady ? { status: 'ready' } : reply.code(503).send(problem('try-later'))
  })
  app.get('/metrics', async (_request, reply) => {
    reply.header('content-type', register.contentType)
    return register.metrics()
  })
}

/** For answers that no route has given. */
export function observeRequest(labels: Labels, ms: number) {
  metrics().observe(labels, ms / 1000)
}

async function readyOrNot(ready: () => Promise<boolean> | boolean) {
  try {
    return await ready()
  } catch {
    return false
  }
}

/** The registry is one a process, apps can be several (in tests). */
function metrics() {
  if (requestSeconds) return requestSeconds
  collectDefaultMetrics()
  requestSeconds = new Histogram({
    name: 'http_request_seconds',
    help: 'Time from the request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_SECONDS,
  })
  return requestSeconds
}
