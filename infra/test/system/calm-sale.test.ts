import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type System, startSystem } from '@flashsale/test-kit/system.ts'
import { buyPatiently } from './buyer.ts'
import type { Answers, Crowd } from './hot-crowd.ts'
import { openSale, type Sale } from './sale.ts'

const ROUNDS = 4 // each measures alone, then beside a hot sale: what changes meanwhile meets both
const CALM_BUYERS = 100 // at least, in each half of a round
const CALM_PAUSE_MS = 10
const HOT = { buyers: 1_500, stock: 300, lanes: 32 } // enough to keep the gateway busy all the time
const crowdFile = fileURLToPath(new URL('./hot-crowd.ts', import.meta.url))

test('a calm sale beside one that is overrun: each calm buyer gets a unit, and both books are exact', async (t) => {
  const system = await startSystem(t)
  const calm = await openSale(system, { stock: 20_000 })
  const [alone, beside]: [number[], number[]] = [[], []]
  const hotSales: Sale[] = []
  for (let round = 0; round < ROUNDS; round++) {
    alone.push(...(await buyCalmly(calm, `A${round}`)))
    const hot = await openSale(system, { stock: HOT.stock })
    hotSales.push(hot)
    const crowd = await startCrowd(system, hot, round)
    beside.push(...(await buyCalmly(calm, `B${round}`, crowd)))
    const answers = await crowd.answers
    assert.ok((answers.accepted ?? 0) <= HOT.stock) // who was told `unconfirmed` may have one, too
    assert.equal(answers.lost, undefined)
    t.diagnostic(`hot sale ${round}: ${JSON.stringify(answers)}`)
  }

  const books = await calm.settled()
  assert.equal(books.held, alone.length + beside.length)
  for (const hot of hotSales) assert.equal((await hot.settled()).held, HOT.stock)
  const p99s = [alone, beside].map((times) => percentile(times, 99)) as [number, number]
  const tell = (times: number[]) => `p50 ${percentile(times, 50)}, p99 ${percentile(times, 99)} ms`
  t.diagnostic(`calm sale alone: ${tell(alone)}; beside a hot one: ${tell(beside)}`)
  t.diagnostic(`p99 ${(p99s[1] / p99s[0]).toFixed(2)} times`) // told, not judged: it is a time
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

/** Resolves when the hot sale's buyers are being answered. */
async function startCrowd({ url, token }: System, sale: Sale, round: number) {
  const child = fork(crowdFile)
  const names = Array.from({ length: HOT.buyers }, (_, number) => `H${round}-${number}`)
  const tokens = names.map((name) => token(name))
  const order: Crowd = { buyUrl: `${url}/v1/sales/${sale.id}/orders`, tokens, lanes: HOT.lanes }
  child.send(order)
  let isOver = false
  const answers = once(child, 'message').then(([said]): Answers => {
    isOver = true
    return said as Answers
  })
  return { answers, isOver: () => isOver }
}

function percentile(times: number[], percent: number): number {
  const sorted = times.toSorted((one, other) => one - other)
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? Number.NaN
}
