import type { Random } from '@flashsale/simulation/random.ts'
import { type Asked, ask } from '../demo/ask.ts'
import type { Plan } from '../demo/behaviours.ts'
import type { Buyer } from '../demo/cast.ts'
import { endPurchase } from '../demo/end-purchase.ts'
import type { Receipt } from '../demo/receipts.ts'
import type { Stage } from '../demo/stage.ts'

const someNames = 600 // so few that some come again, with another key: the limit is for them
const thinkMs = { least: 200, most: 1_500 }
const pairs = 0.2
const noticesLossMs = 150

const asking = { plain: 60, 'no-key': 18, 'double-click': 9, 'lost-answer': 7, 'two-devices': 6 }
type Way = keyof typeof asking

const plans: Partial<Record<Plan, number>> = {
  pay: 56,
  'bank-copies': 5,
  'bank-delayed': 3,
  'bank-never-calls': 3,
  'bank-bad-signature': 2,
  'wrong-amount': 3,
  declined: 5,
  cancel: 9,
  abandon: 9,
  'pay-late': 5,
}

export type Arrival = { buyer: Buyer; asks: Way; key: string }

/** The next one at the door: the same for the same seed. */
export function drawArrival(random: Random, number: number, names = someNames): Arrival {
  const buyer: Buyer = {
    name: `B-${random.between(1, names)}`,
    row: 'crowd',
    way: 'plain',
    plan: random.pick(plans),
    quantity: random.chance(pairs) ? 2 : 1,
    arrivesMs: 0,
    thinksMs: random.between(thinkMs.least, thinkMs.most),
    waitsFor: 'nothing',
  }
  return { buyer, asks: random.pick(asking), key: `key-${number}` }
}

/** From the door to the receipts; each is of another order. */
export async function comeIn(stage: Stage, arrival: Arrival): Promise<Receipt[]> {
  const asked = await askAs[arrival.asks](stage, arrival)
  return [...new Set(asked.flatMap((one) => (one.kind === 'won' ? [one.receipt] : [])))]
}

/** What the buyers of these receipts do with their units, until each order has an end. */
export async function goOn(stage: Stage, receipts: Receipt[]): Promise<void> {
  await Promise.all(receipts.map((receipt) => endPurchase(stage, receipt)))
}

const askAs: Record<Way, (stage: Stage, arrival: Arrival) => Promise<Asked[]>> = {
  async plain(stage, { buyer, key }) {
    return [await ask(stage, buyer, { quantity: buyer.quantity, key })]
  },
  async 'no-key'(stage, { buyer }) {
    return [await ask(stage, buyer, { quantity: buyer.quantity })]
  },
  async 'double-click'(stage, { buyer, key }) {
    const wish = { quantity: buyer.quantity, key }
    return await Promise.all([ask(stage, buyer, wish), ask(stage, buyer, wish)])
  },
  async 'lost-answer'(stage, { buyer, key }) {
    const { quantity } = buyer
    const token = stage.sign(buyer.name)
    const purchase = { token, key, body: { quantity } }
    await stage.shop.buyAndHangUp(stage.saleId, purchase, 'at-answer')
    await stage.time.pause(noticesLossMs)
    return [await ask(stage, buyer, { quantity, key })]
  },
  async 'two-devices'(stage, { buyer, key }) {
    const devices = ['phone', 'laptop']
    const wishes = devices.map((device) => ({ quantity: 2, key: `${key} ${device}` }))
    return await Promise.all(wishes.map((wish) => ask(stage, buyer, wish)))
  },
}
