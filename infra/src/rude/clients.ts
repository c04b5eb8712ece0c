import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Target } from './kinds.ts'
import type { Won } from './line.ts'
import type { KindFigures } from './rude-tally.ts'

type Told = { open: number; kinds?: KindFigures[]; won?: Won[] }
export type RudeClients = ReturnType<typeof startRudeClients>

/** All kinds at once, from a thread of their own. */
export function startRudeClients(target: Target) {
  const worker = new Worker(new URL('./clients-worker.ts', import.meta.url), { workerData: target })
  let told: Told = { open: 0 }
  let failure: unknown
  worker.on('message', (news: Told) => {
    told = news
  })
  worker.on('error', (error) => {
    failure = error
  })
  return {
    open: () => told.open,
    /** All go; what became of those before. */
    async leave() {
      if (failure) throw failure
      worker.postMessage('leave')
      await once(worker, 'exit')
      const { kinds = [], won = [] } = told
      return { kinds, won }
    },
    stop: () => worker.terminate(),
  }
}
