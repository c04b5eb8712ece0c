import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Load, LoadReport } from './load.ts'

export type Generator = ReturnType<typeof startGenerator>

/** Sends loads from a thread of its own; one at a time. */
export function startGenerator() {
  const worker = new Worker(new URL('./generator-worker.ts', import.meta.url))
  return {
    async run(load: Load): Promise<LoadReport> {
      worker.postMessage(load)
      const [report] = (await once(worker, 'message')) as [LoadReport] // rejects on 'error'
      return report
    },
    stop: () => worker.terminate(),
  }
}
