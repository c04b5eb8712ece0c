import type { App } from './app.ts'
import { histogram, metricsText, metricsType, tellProcessMetrics } from './metric.ts'
import { problem } from './problem.ts'

const PROBES = new Set(['/healthz', '/readyz', '/metrics'])
export const isProbe = (url: string) => PROBES.has(url)

type Labels = { method: string; route: string; status: number }
let requestSeconds: ReturnType<typeof histogram<'http_request_seconds'>> | undefined

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
    reply.header('content-type', metricsType)
    return metricsText()
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
  tellProcessMetrics()
  requestSeconds = histogram('http_request_seconds')
  return requestSeconds
}
