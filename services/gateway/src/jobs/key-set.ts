import { Fault } from '@flashsale/service-kit/fault.ts'
import { startJob } from '@flashsale/service-kit/job.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import type { JwksClient } from '../clients/jwks.ts'
import { metrics } from '../metrics.ts'
import type { KeyRing } from '../tokens/key-ring.ts'
import { type Audience, jwkKey, type TokenKey } from '../tokens/token-keys.ts'

const READ_EVERY_MS = 60_000 // a key that was taken out of the set is good no longer than this
const BACK_OFF_MAX_MS = 5_000
const ASKED_EVERY_MS = 30_000 // tokens with made-up keys make the set be read no more often
const WAITING_MAX = 1_000 // requests that wait for one reading

type Deps = {
  jwks: JwksClient
  keys: KeyRing
  wanted: Audience
  log: Log
  everyMs?: number
  askedEveryMs?: number
}
export type KeySetReader = {
  /** For a key that is not known. False when the set could not be read: what it has is unknown. */
  fetchKeys(): Promise<boolean>
  stop(): Promise<void>
}

/** Keeps the ring at what the key set says. While that can't be read, the keys known stay good. */
export function startKeySet(deps: Deps): KeySetReader {
  const { jwks, keys, wanted, log } = deps
  const { everyMs = READ_EVERY_MS, askedEveryMs = ASKED_EVERY_MS } = deps
  let reading: Promise<void> | undefined
  let worked = false
  let askedAtMs = Number.NEGATIVE_INFINITY
  let waiting = 0

  const read = async () => {
    worked = false
    const told = await jwks.read()
    keys.replaceFetched(usable(told, wanted))
    worked = true
    metrics.keySetReadAt.setToCurrentTime()
  }
  const load = () => {
    reading ??= read().finally(() => {
      reading = undefined
    })
    return reading
  }
  const job = startJob({
    name: 'key-set',
    everyMs,
    backOffMaxMs: BACK_OFF_MAX_MS,
    run: load,
    log,
  })

  const fetchKeys = async () => {
    if (!reading) {
      if (performance.now() - askedAtMs < askedEveryMs) return worked
      askedAtMs = performance.now()
    }
    if (waiting >= WAITING_MAX) return false
    waiting++
    await load().catch(() => job.poke()) // which tries again, and says why it can't
    waiting--
    return worked
  }
  return { fetchKeys, stop: () => job.stop() }
}

/** An answer without a key for us is a fault of the set, and no reason to turn everyone away. */
function usable(told: unknown[], wanted: Audience): TokenKey[] {
  const keys = told.map((value) => jwkKey(value, wanted)).filter((key) => key !== undefined)
  if (keys.length > 0) return keys
  throw new Fault('jwks.no-key', 'the key set has no key for EdDSA or RS256', { told: told.length })
}
