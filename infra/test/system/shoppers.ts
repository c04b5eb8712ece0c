import assert from 'node:assert/strict'
import { until } from '@flashsale/service-kit/wait.ts'
import { request } from '@flashsale/test-kit/http.ts'
import type { System } from '@flashsale/test-kit/system.ts'
import { asBuyers, buyPatiently, type Receipt } from './buyer.ts'

const SHOPPERS = 220
const LANES = 150 // shoppers at a time
const OPEN_MIN = 100
const PAID_MIN = 20

/**
 * Shoppers who go their whole way: all buy and open the checkout; then half of them pay, a quarter
 * cancel, and a quarter do both at once. They ask again whenever they are told to try later.
 */
export function startShoppers(system: System, saleId: string) {
  const receipts: Receipt[] = []
  const counts = { open: 0, lost: 0, paid: 0 }

  /** Counts what is open to the owner of orders and payments, and the answers that were lost there. */
  const tracked: typeof request = async (url, wanted) => {
    if (!url.startsWith(`${system.url}/v1/orders/`)) return request(url, wanted)
    counts.open++
    try {
      const answer = await request(url, wanted)
      if (answer.status === 503) counts.lost++
      return answer
    } finally {
      counts.open--
    }
  }
  const buyers = asBuyers(system, saleId, tracked)
  const pay = async (paymentId: string) => {
    const { status } = await buyers.payAtBank(paymentId, { copies: 2 })
    assert.equal(status, 200)
    counts.paid++
  }
  const shop = async (i: number) => {
    const user = `S-${i}`
    const { said, orderId = '' } = await buyPatiently(buyers, user, { key: `key of ${user}` })
    assert.equal(said, 'accepted')
    const receipt = { user, orderId }
    receipts.push(receipt)
    const paymentId = await buyers.openCheckout(receipt)
    if (i % 8 === 0) assert.equal(await buyers.openCheckout(receipt), paymentId) // the same again
    if (i % 4 === 0) await buyers.cancelPatiently(receipt)
    else if (i % 4 === 1) await Promise.all([pay(paymentId), buyers.tryToCancel(receipt)])
    else await pay(paymentId)
  }

  const queue = Array.from({ length: SHOPPERS }, (_, i) => i).values()
  const lane = async () => {
    for (const i of queue) await shop(i)
  }
  const done = Promise.all(Array.from({ length: LANES }, lane))
  done.catch(() => {}) // told to whoever waits for it

  return {
    counts,
    async someHavePaid() {
      const check = () => counts.paid >= PAID_MIN
      await until(check, { timeoutMs: 40_000, everyMs: 5, what: 'payments' })
    },
    async manyAreOpen() {
      const check = () => counts.open >= OPEN_MIN
      await until(check, { timeoutMs: 15_000, everyMs: 1, what: `${OPEN_MIN} open requests` })
    },
    /** All have gone their way: a receipt each. */
    async done() {
      await done
      assert.equal(receipts.length, SHOPPERS)
      return receipts
    },
  }
}
