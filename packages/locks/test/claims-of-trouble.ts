import assert from 'node:assert/strict'
import { eventually } from '@flashsale/test-kit/wait.ts'
import { holdFence } from '../src/fence.ts'
import { type Claim, codeOf, granted, SHORT_MS, taken } from './claim.ts'
import { holderProcess } from './holder-process.ts'
import { works } from './test-store.ts'

/** Holders killed and frozen, stores that forget and are away. */
export const trouble: Record<string, Claim> = {
  async 'a killed holder is succeeded after its time'({ open, env }, t) {
    const leases = await open()
    const child = await holderProcess(t, env, 2_000)
    await child.kill()
    const atMs = performance.now()
    const next = await taken(leases, 'b')
    const tookMs = performance.now() - atMs
    assert.ok(tookMs < 2_000 + 3_000, `${tookMs} ms`)
    assert.equal(await next.extend(), true)
  },

  async 'a holder frozen past its time is refused by the fence'({ open, env, db }, t) {
    const leases = await open()
    const child = await holderProcess(t, env, SHORT_MS)
    child.write()
    await child.says('wrote') // the fence is open to it
    child.freeze()
    child.write()
    const next = await taken(leases, 'b')
    await db.tx(async (tx) => {
      await holdFence(tx, next)
      await tx.query("insert into works (by) values ('successor')")
    })
    child.thaw()
    assert.equal(await child.says('refused'), 'refused lease.lost')
    assert.deepEqual(await works(db), ['child', 'successor'])
  },

  async 'the holder is told when the lease is another’s'({ open, forget }) {
    const leases = await open()
    const lease = await granted(leases, 'a')
    await forget()
    const next = await granted(leases, 'b')
    assert.equal(await lease.extend(), false)
    assert.equal(codeOf(lease.signal), 'lease.lost')
    assert.ok(next.token > lease.token, 'a store that forgot grants no lower token')
  },

  async 'without an answer a lease ends here before it does there'({ openFar, line }) {
    const ttlMs = 3_000
    const far = await openFar()
    const askedAtMs = performance.now()
    const lease = await granted(far, 'a', ttlMs)
    let endedAtMs = 0
    lease.signal.addEventListener('abort', () => {
      endedAtMs = performance.now()
    })
    line.silence()
    await assert.rejects(lease.extend())
    await eventually('the end of the lease', () => endedAtMs > 0)
    assert.equal(codeOf(lease.signal), 'lease.over')
    assert.ok(endedAtMs - askedAtMs < ttlMs, `${endedAtMs - askedAtMs} ms`)
  },

  async 'of a store that is away nobody waits for long'({ openFar, line }) {
    const far = await openFar()
    const lost = await granted(far, 'a', SHORT_MS)
    for (const makeAway of [line.cut, line.silence]) {
      makeAway()
      const askedAtMs = performance.now()
      await assert.rejects(far.acquire('work', { ttlMs: SHORT_MS, holder: 'a' }))
      await assert.rejects(lost.release())
      const tookMs = performance.now() - askedAtMs
      assert.ok(tookMs < 4 * SHORT_MS, `${tookMs} ms`)
      line.restore()
      const back = () =>
        far.acquire('work', { ttlMs: SHORT_MS, holder: 'a' }).catch(() => undefined)
      assert.ok((await eventually('a lease again', back)).token > lost.token)
    }
  },
}
