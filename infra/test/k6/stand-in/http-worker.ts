import { setTimeout as sleep } from 'node:timers/promises'
import { workerData } from 'node:worker_threads'
import type { Request, Response } from './http.ts'

const { port, answered } = workerData
const slowerByMs = Number(process.env.STAND_IN_SLOWER_BY_MS ?? 0)

async function answer({ url, ...request }: Request): Promise<Response> {
  const startedAt = performance.now()
  const timings = () => ({ duration: performance.now() - startedAt })
  try {
    const response = await fetch(url, request)
    const body = await response.text()
    await sleep(slowerByMs)
    return { status: response.status, body, timings: timings() }
  } catch {
    return { status: 0, body: '', timings: timings() }
  }
}

port.on('message', async (request: Request) => {
  port.postMessage(await answer(request))
  Atomics.store(answered, 0, 1)
  Atomics.notify(answered, 0)
})
