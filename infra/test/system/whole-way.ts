import assert from 'node:assert/strict'
import { sleep, until } from '@flashsale/service-kit/wait.ts'
import { request } from '@flashsale/test-kit/http.ts'
import type { System } from '@flashsale/test-kit/system.ts'
import { asBuyers, buyPatiently, type Receipt } from './buyer.ts'

const TRIES_MAX = 10
const PAUSE_MS = 50
const LAST_MAX = 20 // answers that a failure tells

/** What the requests of a crowd met, so far. */
export type Met = { lost: number; unavailable: number; unconfirmed: number; paid: number }

/**
 * Buyers who come one after another, so many at a time, until they are stopped: each buys with a key,
 * opens the checkout and pays. A request whose connection broke is counted, and sent again.
 */
export function startCrowd(system: System, saleId: string, { lanes }: { lanes: number }) {
  const receipts: Receipt[] = []
  const met: Met = { lost: 0, unavailable: 0, unconfirmed: 0, paid: 0 }
  const lastAnswers: string[] = []
  let open = 0
  let stopped = false

  const tracked: typeof request = async (url, wanted) => {
    open++
    try {
      for (let tries = 1; ; tries++) {
        const answer = await request(url, wanted).catch((error) => {
          if (tries === TRIES_MAX) throw error
          met.lost++
        })
        if (!answer) await sleep(PAUSE_MS)
        else if (answer.status >= 500 && answer.status !== 503) assert.fail(`${answer.status}`)
        else {
          lastAnswers.push(`${new URL(url).pathname} ${answer.status} ${answer.body.status}`)
          lastAnswers.splice(0, lastAnswers.length - LAST_MAX)
          if (answer.status === 503) met.unavailable++
          if (answer.body.status === 'unconfirmed') met.unconfirmed++
          return answer
        }
      }
    } finally {
      open--
    }
  }
  const buyers = asBuyers(system, saleId, tracked)
  const shop = async (user: string) => {
    const { said, orderId = '' } = await buyPatiently(buyers, user, { key: `key of ${user}` })
    assert.equal(said, 'accepted')
    const receipt = { user, orderId }
    receipts.push(receipt)
    const { status } = await buyers.payAtBank(await buyers.openCheckout(receipt))
    assert.equal(status, 200)
    met.paid++
  }
  let count = 0
  const lane = async () => {
    while (!stopped) await shop(`W-${++count}`)
  }
  const done = Promise.all(Array.from({ length: lanes }, lane))
  let failure: unknown
  done.catch((error) => {
    failure = error
    stopped = true
  })

  return {
    met: () => ({ ...met }),
    open: () => open,
    /** Resolves when so many more have gone their whole way. */
    async goesOn(more: number, timeoutMs: number) {
      const wanted = met.paid + more
      const check = () => {
        if (failure) throw new Error(`after ${lastAnswers.join(', ')}`, { cause: failure })
        return met.paid >= wanted
      }
      await until(check, { timeoutMs, everyMs: 5, what: `${more} more buyers to have paid` })
    },
    /** Nobody comes any more; those who are there go their whole way. */
    async stop() {
      stopped = true
      await done
      return receipts
    },
  }
}
