import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type System, startSystem } from '@flashsale/test-kit/system.ts'
import { buyPatiently } from './buyer.ts'
import type { Answers, Crowd, Pace } from './hot-crowd.ts'
import { openSale, type Sale } from './sale.ts'

// Each round measures alone and beside each crowd: what changes meanwhile meets all. Services are slower
// in their first half minute, so rounds before those that count make figures; books need neither.
const ROUNDS = Number(process.env.CALM_SALE_ROUNDS ?? 1)
const WARM_UP = Number(process.env.CALM_SALE_WARM_UP ?? 0)
const CALM_BUYERS = 100 // at least, in each part of a round
const CALM_PAUSE_MS = 10
const HOT_STOCK = 300
const CROWDS: Record<string, { buyers: number; pace: Pace }> = {
  'a hot one, 500 buyers a second': { buyers: 750, pace: { perSecond: 500 } },
  'a hot one, 1,000 buyers a second': { buyers: 1_500, pace: { perSecond: 1_000 } },
  'a hot one that takes all of this machine': { buyers: 1_500, pace: { atOnce: 32 } },
}
const crowdFile = fileURLToPath(new URL('./hot-crowd.ts', import.meta.url))

test('a calm sale beside one that is overrun: each calm buyer gets a unit, and both books are exact', async (t) => {
  const system = await startSystem(t)
  const calm = await openSale(system, { stock: 20_000 })
  const crowds = fork(crowdFile)
  t.after(() => crowds.kill())
  const times = new Map<string, number[]>()
  const keep = (what: string, more: number[]) => {
    times.set(what, [...(times.get(what) ?? []), ...more])
  }
  const hotSales: Sale[] = []
  let bought = 0
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const counts = (what: string, more: number[]) => {
      bought += more.length
      if (round >= 0) keep(what, more)
    }
    counts('alone', await buyCalmly(calm, `A${round}`))
    for (const [what, { buyers, pace }] of Object.entries(CROWDS)) {
      const hot = await openSale(system, { stock: HOT_STOCK })
      const name = `${round}-${hotSales.push(hot)}`
      const crowd = startCrowd(crowds, { system, hot, name, buyers, pace })
      counts(what, await buyCalmly(calm, `B${name}`, crowd))
      const answers = await crowd.answers
      assert.ok((answers.accepted ?? 0) <= HOT_STOCK) // who was told `unconfirmed` may have one, too
      assert.equal(answers.lost, undefined)
      t.diagnostic(`${what}: ${JSON.stringify(answers)}`)
    }
  }

  assert.equal((await calm.settled()).held, bought)
  for (const hot of hotSales) assert.equal((await hot.settled()).held, HOT_STOCK)
  const alone = percentile(times.get('alone') ?? [], 99)
  for (const [what, ms] of times) {
    const [p50, p99] = [percentile(ms, 50), percentile(ms, 99)]
    const ratio = (p99 / alone).toFixed(2) // told, not judged: it is a time
    t.diagnostic(
      `calm sale, ${what}: ${ms.length} buyers, p50 ${p50}, p99 ${p99} ms, ${ratio} times`,
    )
  }
})

/** Milliseconds to the answer of each buyer, one after another; `during` ends it, but not too early. */
async function buyCalmly(sale: Sale, name: string, during?: { isOver(): boolean }) {
  const times: number[] = []
  while (times.length < CALM_BUYERS || during?.isOver() === false) {
    const startedAt = performance.now()
    const user = `${name}-${times.length}`
    const { said } = await buyPatiently(sale, user, { key: `key of ${user}` })
    times.push(Math.round(performance.now() - startedAt))
    assert.equal(said, 'accepted')
    await new Promise((resolve) => setTimeout(resolve, CALM_PAUSE_MS))
  }
  return times
}

type Wanted = { system: System; hot: Sale; name: string; buyers: number; pace: Pace }
function startCrowd(crowds: ChildProcess, { system, hot, name, buyers, pace }: Wanted) {
  const { url, token } = system
  const tokens = Array.from({ length: buyers }, (_, number) => token(`H${name}-${number}`))
  const order: Crowd = { buyUrl: `${url}/v1/sales/${hot.id}/orders`, tokens, pace }
  crowds.send(order)
  let isOver = false
  const answers = once(crowds, 'message').then(([said]): Answers => {
    isOver = true
    return said as Answers
  })
  return { answers, isOver: () => isOver }
}

function percentile(times: number[], percent: number): number {
  const sorted = times.toSorted((one, other) => one - other)
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? Number.NaN
}
