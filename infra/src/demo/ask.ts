import type { Answer } from './calls.ts'
import type { Buyer } from './cast.ts'
import type { Receipt } from './receipts.ts'
import type { Stage } from './stage.ts'

const triesMax = 5
const againAfterMs = 400

export type Asked =
  | { kind: 'won'; receipt: Receipt; replayed: boolean }
  | { kind: 'refused'; code: string }
  | { kind: 'no-answer' }
export type Wish = { key?: string | undefined; quantity: number }

/**
 * Asks as a good client does: after no answer, a 503 or an `unconfirmed` it sends the same key again;
 * without a key it leaves an unknown outcome alone.
 */
export async function ask(stage: Stage, buyer: Buyer, { key, quantity }: Wish): Promise<Asked> {
  const { shop, saleId, time } = stage
  const token = stage.sign(buyer.name)
  for (let times = 1; times <= triesMax && !time.isUp(); times++) {
    const answer = await shop.buy(saleId, { token, key, body: { quantity } })
    if (answer?.status === 202) {
      const receipt = stage.receipts.take({ buyer, token, key, quantity }, answer)
      if (receipt.orderId) return { kind: 'won', receipt, replayed: answer.replayed }
    } else if (answer && !isForLater(answer)) {
      return { kind: 'refused', code: answer.code }
    }
    if (!answer && key === undefined) break
    await time.pause(answer?.retryAfterMs || againAfterMs)
  }
  return { kind: 'no-answer' }
}

const isForLater = ({ status }: Answer) => status === 503 || status === 429
