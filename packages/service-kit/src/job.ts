import type { Log } from './log.ts'
import { sleep } from './wait.ts'

const BACK_OFF_FIRST_MS = 100
const BACK_OFF_MAX_MS = 5_000

export type JobOptions = {
  name: string
  everyMs: number
  /** Waits double after each failure, from 0.1 s up to this. */
  backOffMaxMs?: number
  /** True when there is more to do: it runs again at once. Stop early when `signal` is aborted. */
  run: (signal: AbortSignal) => Promise<unknown>
  log: Log
}
export type Job = {
  /** Run now, or once more after the run that is under way. Does not shorten a back-off. */
  poke(): void
  /** Resolves when the run under way has ended. */
  stop(): Promise<void>
}

/** Runs one piece of work over and over, never twice at a time, and goes on after errors. */
export function startJob(options: JobOptions): Job {
  const { name, everyMs, backOffMaxMs = BACK_OFF_MAX_MS, run, log } = options
  const stopping = new AbortController()
  let poked = false
  let wake = () => {}

  const rest = async () => {
    if (poked) return
    const early = new AbortController()
    wake = () => early.abort()
    await sleep(everyMs, early.signal)
  }
  const loop = async () => {
    let failures = 0
    while (!stopping.signal.aborted) {
      poked = false
      try {
        const more = await run(stopping.signal)
        failures = 0
        if (more !== true) await rest()
      } catch (error) {
        const waitMs = Math.min(BACK_OFF_FIRST_MS * 2 ** failures++, backOffMaxMs)
        log.error({ job: name, failures, waitMs, err: error }, 'job failed, runs again')
        await sleep(waitMs, stopping.signal)
      }
    }
  }

  const ended = loop()
  const poke = () => {
    poked = true
    wake()
  }
  const stop = async () => {
    stopping.abort()
    poke()
    await ended
  }
  return { poke, stop }
}
