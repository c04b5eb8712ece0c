import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { eventually } from '@flashsale/test-kit/wait.ts'
import type { Lease, Leases } from '../src/lease.ts'
import type { TestStore } from './test-store.ts'

export const LONG_MS = 60_000
export const SHORT_MS = 1_000

/** What every store of leases promises. */
export type Claim = (store: TestStore, t: TestContext) => Promise<void>

export async function granted(leases: Leases, holder: string, ttlMs = LONG_MS): Promise<Lease> {
  const lease = await leases.acquire('work', { ttlMs, holder })
  assert.ok(lease, 'the lease is another’s')
  return lease
}

/** Once the other's time is over. */
export const taken = (leases: Leases, holder: string) =>
  eventually('the other’s time to be over', () =>
    leases.acquire('work', { ttlMs: LONG_MS, holder }),
  )

export const codeOf = ({ reason }: AbortSignal): unknown => reason?.code
