import { parentPort } from 'node:worker_threads'
import type { Load } from './load.ts'
import { runLoad } from './run-load.ts'

// One load after the other; an error ends the worker, and whoever waits is told.
parentPort?.on('message', async (load: Load) => {
  parentPort?.postMessage(await runLoad(load))
})
