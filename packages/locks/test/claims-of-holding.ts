import assert from 'node:assert/strict'
import type { Leases } from '../src/lease.ts'
import { type Claim, codeOf, granted, LONG_MS, SHORT_MS, taken } from './claim.ts'

/** One holder at a time, each with a higher token. */
export const holding: Record<string, Claim> = {
  async 'of many contenders one at a time has the lease'({ open }) {
    const tokens: number[] = []
    let holders = 0
    let together = 0
    const contend = async (leases: Leases, holder: string) => {
      while (tokens.length < 60) {
        const lease = await leases.acquire('work', { ttlMs: LONG_MS, holder })
        if (!lease) continue
        together = Math.max(together, ++holders)
        tokens.push(lease.token)
        await new Promise((resolve) => setImmediate(resolve))
        holders--
        await lease.release()
      }
    }
    const places = await Promise.all([open(), open(), open(), open()])
    await Promise.all(places.flatMap((at, n) => [1, 2, 3, 4].map((m) => contend(at, `${n}.${m}`))))
    assert.equal(together, 1)
    assert.deepEqual(
      tokens,
      [...new Set(tokens)].sort((a, b) => a - b),
      'each token is higher than the one before',
    )
  },

  async 'two leases of different names know nothing of each other'({ open }) {
    const leases = await open()
    assert.ok(await leases.acquire('work', { ttlMs: LONG_MS, holder: 'a' }))
    assert.ok(await leases.acquire('other work', { ttlMs: LONG_MS, holder: 'b' }))
  },

  async 'extended, a lease lasts; then its time ends it'({ open }) {
    const [mine, others] = [await open(), await open()]
    const lease = await granted(mine, 'a', SHORT_MS)
    const enoughMs = performance.now() + 3 * SHORT_MS
    while (performance.now() < enoughMs) {
      assert.equal(await lease.extend(), true)
      assert.equal(await others.acquire('work', { ttlMs: LONG_MS, holder: 'b' }), undefined)
      await new Promise((resolve) => setTimeout(resolve, SHORT_MS / 10))
    }
    const next = await taken(others, 'b')
    assert.ok(next.token > lease.token)
    assert.equal(lease.signal.aborted, true)
    assert.equal(await lease.extend(), false)
  },

  async 'released, a lease is the next one’s at once'({ open }) {
    const leases = await open()
    const lease = await granted(leases, 'a')
    await lease.release()
    assert.equal(lease.signal.aborted, true)
    assert.equal(await lease.extend(), false)
    assert.ok((await granted(leases, 'b')).token > lease.token)
  },

  async 'a restarted holder succeeds itself at once, with a higher token'({ open }) {
    const before = await granted(await open(), 'a')
    const after = await granted(await open(), 'a')
    assert.ok(after.token > before.token)
    assert.equal(await before.extend(), false)
    assert.equal(codeOf(before.signal), 'lease.lost')
    assert.equal(await after.extend(), true)
  },

  async 'a release by a stranger changes nothing'({ open, forget }) {
    const leases = await open()
    const former = await granted(leases, 'a')
    await forget()
    const other = await granted(leases, 'b')
    await former.release() // another holder's
    await other.release()
    const restarted = await granted(leases, 'b')
    await other.release() // the same holder's, of another grant
    assert.equal(await leases.acquire('work', { ttlMs: LONG_MS, holder: 'c' }), undefined)
    assert.equal(await restarted.extend(), true)
  },
}
