import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createBuyLimits } from '../src/domain/buy-limits.ts'
import { type Limits, shareOf } from '../src/domain/limits.ts'
import { unlimited } from './limit-parts.ts'

const EPSILON = 1e-6
const limit = fc.record({
  burst: fc.integer({ min: 1, max: 20 }),
  perSecond: fc.integer({ min: 1, max: 20 }),
})
const limits: fc.Arbitrary<Limits> = fc.record({
  buyer: fc.option(limit),
  address: fc.option(limit),
  gateway: fc.option(limit),
})
const calls = fc.array(
  fc.record({
    buyer: fc.constantFrom('ann', 'ben', 'cid'),
    address: fc.constantFrom('10.0.0.1', '10.0.0.2'),
    gapMs: fc.integer({ min: 0, max: 200 }),
  }),
  { minLength: 1, maxLength: 200 },
)
const asked = (buyer: string, address = '10.0.0.1') => ({ buyer, address: () => address })

test('who is let in was under all three limits, who is refused was over the one that is named', () => {
  fc.assert(
    fc.property(limits, calls, (wanted, made) => {
      const buyLimits = createBuyLimits(wanted)
      const letIn: { buyer: string; address: string; atMs: number }[] = []
      let nowMs = 0
      for (const { buyer, address, gapMs } of made) {
        nowMs += gapMs
        const verdict = buyLimits.take(asked(buyer, address), nowMs)
        const one = { buyer, address, atMs: nowMs }
        const mine = {
          buyer: letIn.filter((other) => other.buyer === buyer),
          address: letIn.filter((other) => other.address === address),
          gateway: letIn,
        }
        if (!verdict || verdict.allowed) {
          letIn.push(one)
          continue
        }
        const { burst, perSecond } = wanted[verdict.limit] ?? { burst: Infinity, perSecond: 0 }
        const timesMs = mine[verdict.limit].map(({ atMs }) => atMs)
        assert.ok(timesMs.length > 0, 'a bucket that nobody took from is not empty')
        const isOver = timesMs.some((fromMs, i) => {
          const refilled = (perSecond * (nowMs - fromMs)) / 1000
          return timesMs.length - i + 1 > burst + refilled - EPSILON
        })
        assert.ok(isOver, `${verdict.limit} refused one too many`)
      }
      for (const name of ['buyer', 'address', 'gateway'] as const) {
        const bucket = wanted[name]
        if (!bucket) continue
        for (const [i, first] of letIn.entries()) {
          let count = 0
          for (const other of letIn.slice(i)) {
            if (name !== 'gateway' && other[name] !== first[name]) continue
            count++
            const most = bucket.burst + (bucket.perSecond * (other.atMs - first.atMs)) / 1000
            assert.ok(count <= most + EPSILON, name)
          }
        }
      }
    }),
  )
})

test('a buyer who is refused takes nothing from his address, nor from the others', () => {
  const one = { burst: 1, perSecond: 0.001 }
  const three = { burst: 3, perSecond: 0.001 }
  const buyLimits = createBuyLimits({ buyer: one, address: three, gateway: three })
  assert.ok(buyLimits.take(asked('ann'), 0)?.allowed)
  for (let i = 0; i < 20; i++) assert.equal(buyLimits.take(asked('ann'), 0)?.limit, 'buyer')
  assert.ok(buyLimits.take(asked('ben'), 0)?.allowed)
  assert.ok(buyLimits.take(asked('cid'), 0)?.allowed)
  assert.equal(buyLimits.take(asked('dan'), 0)?.limit, 'address')
  assert.equal(buyLimits.take(asked('dan', '10.0.0.2'), 0)?.limit, 'gateway')
  assert.equal(buyLimits.take(asked('dan', '10.0.0.2'), 1_000_000)?.allowed, true) // it took nothing
})

test('without limits nobody is refused, and the address is not even read', () => {
  const buyLimits = createBuyLimits(unlimited)
  const address = () => assert.fail('read')
  for (let i = 0; i < 1_000; i++)
    assert.equal(buyLimits.take({ buyer: 'ann', address }, 0), undefined)
})

test('a limit can be set, lowered and taken away while it is in use', () => {
  const buyLimits = createBuyLimits(unlimited)
  const letIn = (nowMs: number) => {
    const tries = Array.from({ length: 50 }, () => buyLimits.take(asked('ann'), nowMs))
    return tries.filter((verdict) => !verdict || verdict.allowed).length
  }
  assert.equal(letIn(0), 50)
  buyLimits.change({ ...unlimited, gateway: { burst: 30, perSecond: 10 } })
  assert.equal(letIn(0), 30)
  assert.equal(letIn(1_000), 10)
  buyLimits.change({ ...unlimited, gateway: { burst: 5, perSecond: 1 } })
  assert.equal(letIn(100_000), 5)
  buyLimits.change(unlimited)
  assert.equal(letIn(100_000), 50)
})

test('the shares of all gateways are the limit, but each lets in at least one at a time', () => {
  const wanted = {
    buyer: { burst: 20, perSecond: 10 },
    address: null,
    gateway: { burst: 2, perSecond: 3 },
  }
  assert.deepEqual(shareOf(wanted, 1), wanted)
  assert.deepEqual(shareOf(wanted, 4), {
    buyer: { burst: 5, perSecond: 2.5 },
    address: null,
    gateway: { burst: 1, perSecond: 0.75 },
  })
})
