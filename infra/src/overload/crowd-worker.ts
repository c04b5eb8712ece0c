import { parentPort, workerData } from 'node:worker_threads'
import { runCrowd } from './run-crowd.ts'

// An error ends the worker, and whoever waits is told.
parentPort?.postMessage(await runCrowd(workerData))
