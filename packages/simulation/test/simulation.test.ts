import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextMove, type OrderInput, type OrderState } from '@flashsale/order/domain/order-state.ts'
import { moveOn } from '@flashsale/payment/domain/payment-state.ts'
import { type Crash, crashNames } from '../src/crashes.ts'
import { play } from '../src/play.ts'
import { ruleNames, rules } from '../src/rules.ts'
import type { Domain } from '../src/world.ts'

const SALES = 4_000
const LOOKED_AT_MAX = 40_000

const domain: Domain = {
  nextMove: (state, input) => nextMove(state as OrderState | undefined, input as OrderInput),
  moveOn,
}

test('every promise holds in thousands of sales, whatever comes between any two effects', (t) => {
  const seen = new Map<Crash, number>()
  for (let seed = 1; seed <= SALES; seed++) {
    const sale = play(seed, domain)
    assert.equal(sale.broken, undefined, `seed ${seed}:\n${sale.history.join('\n')}`)
    for (const [crash, times] of sale.seen) seen.set(crash, (seen.get(crash) ?? 0) + times)
  }
  for (const crash of crashNames) t.diagnostic(`${crash}: ${seen.get(crash) ?? 0}`)
  const never = crashNames.filter((crash) => !seen.has(crash))
  assert.deepEqual(never, [], 'never came')
})

test('the same seed plays the same sale', () => {
  assert.deepEqual(play(7, domain), play(7, domain))
  assert.notDeepEqual(play(7, domain).history, play(8, domain).history)
})

for (const rule of ruleNames) {
  test(`without ${rule} a promise is broken: ${rules[rule]}`, (t) => {
    const off = new Set([rule])
    for (let seed = 1; seed <= LOOKED_AT_MAX; seed++) {
      const { broken, history } = play(seed, domain, off)
      if (!broken) continue
      t.diagnostic(`${broken} (seed ${seed}, ${history.length} steps)`)
      return
    }
    assert.fail(`${LOOKED_AT_MAX} sales did not miss it`)
  })
}

test('the services’ own tables of states are what is played: without a row of them money is kept', () => {
  const forgetful: Domain = {
    ...domain,
    nextMove: (state, input) =>
      state === 'cancelled' && input === 'captured' ? undefined : domain.nextMove(state, input),
  }
  for (let seed = 1; seed <= SALES; seed++) {
    const { broken } = play(seed, forgetful)
    if (broken) return assert.match(broken, /^P5: o\d+ is cancelled, and its money is kept$/)
  }
  assert.fail('nobody missed it')
})
