import { sleep } from '@flashsale/service-kit/wait.ts'
import type { Receipt } from './receipts.ts'
import type { Shop } from './shop.ts'
import type { Tally } from './tally.ts'

const everyNth = 5
const atOnceMax = 4
const lookEveryMsMin = 20
const coarseness = 0.1 // a long lag is read less often: looking must not make it longer
const giveUpMs = 5_000

/** Samples how long an order takes from its 202 to its row: each look asks the API, as a buyer can. */
export function createLagProbe(shop: Shop, tally: Tally) {
  let seen = 0
  let running = 0

  async function watch({ orderId, token, takenAt }: Receipt): Promise<void> {
    while (orderId !== undefined && performance.now() - takenAt < giveUpMs) {
      const order = await shop.order(orderId, token, 'probe')
      if (order && order.status !== 'accepted' && order.status !== 'unconfirmed') break
      await sleep(Math.max(lookEveryMsMin, coarseness * (performance.now() - takenAt)))
    }
    tally.took('lag', performance.now() - takenAt)
  }

  return function probe(receipt: Receipt): void {
    if (seen++ % everyNth !== 0 || running >= atOnceMax) return
    running++
    const done = () => void running--
    watch(receipt).then(done, done)
  }
}
