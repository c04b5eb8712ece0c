import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { sleep, until } from '@flashsale/service-kit/wait.ts'
import { countBy } from './buyer.ts'
import type { Attempt } from './rush.ts'
import { outcome, type Sale } from './sale.ts'

const LANES = 12
const PAUSE_MS = 25
const SOON_MS = 200 // in the middle: the machine of a test is shared
const HANGS_MS = 2_500

type Timed = Attempt & { atMs: number; tookMs: number }

/** A few buyers at a time, one after another, every other one with a key, until they are stopped. */
export function startTrickle(t: TestContext, sale: Sale) {
  const attempts: Timed[] = []
  let count = 0
  let stopped = false
  t.after(() => {
    stopped = true
  })

  const attempt = async (): Promise<Timed> => {
    const user = `T-${++count}`
    const mine = { user, ...(count % 2 === 0 && { key: `key of ${user}` }) }
    const atMs = performance.now()
    const told = await sale.buy(user, mine).then(
      (answer) => ({ said: outcome(answer), orderId: answer.body.orderId }),
      () => ({ said: 'lost', orderId: undefined }),
    )
    const tookMs = performance.now() - atMs
    const { said, orderId } = told
    return { ...mine, said, ...(orderId && { orderId }), atMs, tookMs }
  }
  const lane = async () => {
    while (!stopped) {
      attempts.push(await attempt())
      await sleep(PAUSE_MS)
    }
  }
  const lanes = Array.from({ length: LANES }, lane)

  /** Those who came from now on, once so many of them were told this. */
  const told = async (said: string, times: number, timeoutMs = 30_000): Promise<Timed[]> => {
    const fromMs = performance.now()
    const since = () => attempts.filter(({ atMs }) => atMs >= fromMs)
    const check = () => since().filter((one) => one.said === said).length >= times
    await until(check, { timeoutMs, what: `${times} times ${said}` }).catch((error) => {
      throw new Error(`${error.message}, and it was ${JSON.stringify(words(since()))}`)
    })
    return since()
  }
  return {
    told,
    /** From now on nobody is told anything but this, so many times, and soon. */
    async toldOnly(said: string, times: number) {
      const since = await told(said, times)
      assert.deepEqual(words(since), { [said]: since.length })
      assertSoon(t, since)
    },
    async stop(): Promise<Timed[]> {
      stopped = true
      await Promise.all(lanes)
      return attempts
    },
  }
}

export const words = (attempts: Attempt[]) => countBy(attempts, ({ said }) => said)

function assertSoon(t: TestContext, attempts: Timed[]) {
  const times = attempts.map(({ tookMs }) => tookMs).sort((a, b) => a - b)
  const [middle = 0, worst = 0] = [times[Math.floor(times.length / 2)], times.at(-1)]
  t.diagnostic(`${times.length} answers: p50 ${middle.toFixed(0)} ms, max ${worst.toFixed(0)} ms`)
  assert.ok(middle <= SOON_MS, `half of the answers took more than ${middle} ms`)
  assert.ok(worst <= HANGS_MS, `an answer took ${worst} ms`)
}

/** No answer came later than that of an attempt which waits for its own deadline. */
export function assertNobodyHung(attempts: Timed[]) {
  const hung = attempts.filter(({ tookMs }) => tookMs > HANGS_MS)
  assert.deepEqual(hung, [])
}
