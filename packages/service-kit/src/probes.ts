import type { App } from './app.ts'
import { histogram, metricsText, metricsType, tellProcessMetrics } from './metric.ts'
import { problem } from './problem.ts'

const PROBES = new Set(['/healthz', '/readyz', '/metrics'])
export const isProbe = (url: string) => PROBES.has(url.split('?', 1)[0] ?? '')

type Check = () => Promise<boolean> | boolean
/** Whether it can do its work; by name where somebody may want to leave one of it out. */
export type Ready = Check | Record<string, Check>

type Labels = { method: string; route: string; status: number }
let requestSeconds: ReturnType<typeof histogram<'http_request_seconds'>> | undefined

/**
 * GET /healthz: it runs. GET /readyz: it can work; `?exclude=NAME`, also several times: whatever that one
 * says. GET /metrics: for Prometheus.
 */
export function addProbes(app: App, ready: Ready) {
  const seconds = metrics()
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request
    const labels = { method, route: routeOptions.url ?? 'none', status: reply.statusCode }
    seconds.observe(labels, reply.elapsedTime / 1000)
  })
  app.get('/healthz', async () => ({ status: 'ok' }))
  const checks = new Map(Object.entries(typeof ready === 'function' ? { ready } : ready))
  app.get<{ Querystring: { exclude?: string | string[] } }>('/readyz', async (request, reply) => {
    const excluded = [request.query.exclude ?? []].flat()
    if (!excluded.every((name) => checks.has(name))) {
      return reply.code(400).send(problem('invalid-request'))
    }
    const wanted = [...checks].filter(([name]) => !excluded.includes(name))
    const isReady = !app.lifecycle.draining && (await areReady(wanted.map(([, check]) => check)))
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

async function areReady(checks: Check[]) {
  try {
    const answers = await Promise.all(checks.map((check) => check()))
    return answers.every((isSo) => isSo)
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
