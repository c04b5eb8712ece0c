import { type Job, type JobOptions, startJob } from '@flashsale/service-kit/job.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { atMost, sleep } from '@flashsale/service-kit/wait.ts'
import type { Lease, Leases } from './lease.ts'
import { metrics } from './metrics.ts'

const TTL_MS = 6_000 // of a holder that vanished; one that starts again under its name goes on at once
const EXTENDS_A_TTL = 3
const ASK_AGAIN_MS = 250 // while another holder has it
const RELEASE_WITHIN_MS = 1_000
const RUN_MS_MAX = 60_000

export type LeasedJobOptions = Omit<JobOptions, 'run'> & {
  leases: Leases
  /** Of all jobs with this lease, wherever they run, one works at a time. */
  lease: string
  /** The service's instance. */
  holder: string
  ttlMs?: number
  /** A run that takes longer is stuck: its lease is left to another instance. */
  runMsMax?: number
  /** As of any job; `signal` is also aborted when the lease is lost. */
  run: (signal: AbortSignal, lease: Lease) => Promise<unknown>
}

/**
 * A job that runs in one instance of a service. The lease is kept from run to run; a run that fails
 * gives it up, for another instance may reach what this one does not.
 */
export function startLeasedJob(options: LeasedJobOptions): Job {
  const { leases, lease: name, holder, ttlMs = TTL_MS, runMsMax, run, log } = options
  let term: Term | undefined

  const endTerm = async () => {
    const ending = term
    term = undefined
    await ending?.end()
  }
  const runAsHolder = async (stopping: AbortSignal): Promise<unknown> => {
    if (term?.isLost()) await endTerm()
    if (!term) {
      const lease = await leases.acquire(name, { ttlMs, holder })
      if (lease) term = startTerm(lease, { stopping, ttlMs, runMsMax, log })
    }
    if (!term) {
      await sleep(ASK_AGAIN_MS, stopping)
      return true // asks again at once, however seldom the job itself runs
    }
    const { isLost } = term
    try {
      return await term.run(run)
    } catch (error) {
      await endTerm()
      if (!isLost()) throw error
      log.warn({ lease: name, err: error }, 'a run ended with its lease')
    }
  }
  const { name: jobName, everyMs, backOffMaxMs } = options
  const backOff = backOffMaxMs === undefined ? {} : { backOffMaxMs }
  const job = startJob({ name: jobName, everyMs, ...backOff, log, run: runAsHolder })
  const stop = async () => {
    await job.stop()
    await endTerm()
  }
  return { poke: job.poke, stop }
}

type Term = {
  run(work: LeasedJobOptions['run']): Promise<unknown>
  isLost(): boolean
  end(): Promise<void>
}
type TermOptions = {
  stopping: AbortSignal
  ttlMs: number
  runMsMax: number | undefined
  log: Log
}

/** From a grant to its end: extended by itself, except under a run that is stuck. */
function startTerm(
  lease: Lease,
  { stopping, ttlMs, runMsMax = RUN_MS_MAX, log }: TermOptions,
): Term {
  const facts = { lease: lease.name, token: lease.token }
  const signal = AbortSignal.any([stopping, lease.signal])
  let stuckAtMs = Number.POSITIVE_INFINITY
  let released = false

  const extend = async () => {
    if (performance.now() > stuckAtMs || lease.signal.aborted) return
    await lease.extend().catch((err) => log.warn({ ...facts, err }, 'a lease was not extended'))
  }
  const timer = setInterval(() => void extend(), ttlMs / EXTENDS_A_TTL).unref()
  const onEnd = () => {
    clearInterval(timer)
    metrics.held.set({ lease: lease.name }, 0)
    if (released) return
    metrics.lost.inc({ lease: lease.name })
    log.warn({ ...facts, err: lease.signal.reason }, 'a lease was lost')
  }
  lease.signal.addEventListener('abort', onEnd, { once: true })
  metrics.held.set({ lease: lease.name }, 1)
  log.info(facts, 'holds the lease')

  return {
    async run(work) {
      stuckAtMs = performance.now() + runMsMax
      try {
        return await work(signal, lease)
      } finally {
        stuckAtMs = Number.POSITIVE_INFINITY
      }
    },
    isLost: () => lease.signal.aborted && !released,
    async end() {
      if (lease.signal.aborted) return
      released = true
      await atMost(
        RELEASE_WITHIN_MS,
        lease.release().catch((err) => log.warn({ ...facts, err }, 'a lease runs out by itself')),
      )
    },
  }
}
