import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { request } from '@flashsale/test-kit/http.ts'
import { freePort } from '@flashsale/test-kit/process.ts'
import { traceIdOf } from '@flashsale/tracing/order-trace.ts'
import { spansUrl, zipkinPart } from '../../src/parts/zipkin.ts'

const READY_WITHIN_MS = 90_000
const SPANS_WITHIN_MS = 30_000

/** A span as Zipkin's API gives it back. */
export type Span = {
  traceId: string
  id: string
  parentId?: string
  name: string
  kind?: string
  localEndpoint: { serviceName: string }
  tags?: Record<string, string>
}
export type Zipkin = Awaited<ReturnType<typeof ownZipkin>>

/** A back end for traces of the test's own. */
export async function ownZipkin(t: TestContext) {
  const port = await freePort()
  const { command, args, env, cwd, url, ready } = zipkinPart({ port })
  const child = spawn(command, args, { cwd, env, stdio: 'ignore' })
  t.after(async () => {
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  })
  await until(ready, { timeoutMs: READY_WITHIN_MS, everyMs: 200, what: 'Zipkin to be ready' })

  const spansOf = async (orderId: string): Promise<Span[]> => {
    const { status, body } = await request(`${url}/api/v2/trace/${traceIdOf(orderId)}`)
    return status === 200 ? body : []
  }
  return {
    spansUrl: spansUrl(port),
    /** Until `look` finds nothing wrong with these traces: spans arrive a second after they end. */
    async show(orderIds: string[], look: (spans: Span[]) => void): Promise<void> {
      let wrong: unknown
      const isRight = async () => {
        const traces = await Promise.all(orderIds.map(spansOf))
        try {
          look(traces.flat())
          return true
        } catch (error) {
          wrong = error
          return false
        }
      }
      const wait = { timeoutMs: SPANS_WITHIN_MS, everyMs: 300, what: 'spans' }
      await until(isRight, wait).catch(() => {
        throw wrong
      })
    },
  }
}
