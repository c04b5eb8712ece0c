import { Fault } from '@flashsale/service-kit/fault.ts'
import { sleep } from '@flashsale/service-kit/wait.ts'
import type { Lease, Leases } from './lease.ts'

const USED_PART = 0.9 // of its time: the rest is for a clock of ours that runs slower than the store's

export type Wish = { name: string; holder: string; ttlMs: number }
export type Grant = Wish & { token: number }

/** What a store does; each is one atomic step in it. */
export type LeaseStore = {
  /** The token of a new grant; undefined while another holder's is not over. */
  grant(wish: Wish): Promise<number | undefined>
  /** False when it is over or another's by now. */
  extend(grant: Grant): Promise<boolean>
  /** Does nothing when it is over or another's by now. */
  release(grant: Grant): Promise<void>
}

/** Leases of any store: their time is counted here from before the store was asked. */
export function leasesOf(store: LeaseStore): Leases {
  return {
    async acquire(name, { ttlMs, holder }) {
      const wish = { name, holder, ttlMs }
      const askedAtMs = performance.now()
      const token = await answered(store.grant(wish), ttlMs * USED_PART, wish)
      return token === undefined ? undefined : leaseOf(store, { ...wish, token }, askedAtMs)
    },
  }
}

function leaseOf(store: LeaseStore, grant: Grant, askedAtMs: number): Lease {
  const { name, token, ttlMs } = grant
  const ended = new AbortController()
  let endsAtMs = 0
  let timer: NodeJS.Timeout | undefined

  const end = (code: string, sentence: string) => {
    clearTimeout(timer)
    if (!ended.signal.aborted) ended.abort(new Fault(code, sentence, { name, token }))
  }
  const isOver = () => {
    if (performance.now() >= endsAtMs) end('lease.over', 'the time of a lease is over')
    return ended.signal.aborted
  }
  const lastFrom = (fromMs: number) => {
    endsAtMs = Math.max(endsAtMs, fromMs + ttlMs * USED_PART)
    clearTimeout(timer)
    timer = setTimeout(isOver, Math.ceil(endsAtMs - performance.now()) + 1).unref()
  }
  lastFrom(askedAtMs)

  return {
    name,
    token,
    signal: ended.signal,
    async extend() {
      if (isOver()) return false // also when this process was stopped and its timer comes late
      const fromMs = performance.now()
      const extended = await answered(store.extend(grant), endsAtMs - fromMs, grant)
      if (!extended) end('lease.lost', 'a lease is another’s by now')
      if (ended.signal.aborted) return false
      lastFrom(fromMs)
      return !isOver()
    },
    async release() {
      end('lease.released', 'a lease was released')
      await answered(store.release(grant), ttlMs, grant)
    },
  }
}

/** An answer that comes later is worth nothing: what it grants is over by then. */
async function answered<T>(answer: Promise<T>, withinMs: number, { name, holder }: Wish) {
  const enough = new AbortController()
  const tooLate = sleep(withinMs, enough.signal).then(() => {
    throw new Fault('lease.no-answer', 'the store of leases did not answer', { name, holder })
  })
  try {
    return await Promise.race([answer, tooLate])
  } finally {
    enough.abort()
  }
}
