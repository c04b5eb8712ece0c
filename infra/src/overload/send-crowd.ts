import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Crowd, CrowdReport } from './crowd.ts'

/** From a thread of its own. */
export async function sendCrowd(crowd: Crowd): Promise<CrowdReport> {
  const worker = new Worker(new URL('./crowd-worker.ts', import.meta.url), { workerData: crowd })
  const [report] = (await once(worker, 'message')) as [CrowdReport] // rejects on 'error'
  return report
}
