import { PaymentAnswer } from '@flashsale/contracts/http/payment.ts'
import type { Trouble } from './bank.ts'
import { troubles } from './behaviours.ts'
import { priceMinor } from './cast.ts'
import { note, type Receipt } from './receipts.ts'
import type { OrderSeen } from './shop.ts'
import type { Stage } from './stage.ts'

const triesMax = 8
const againAfterMs = 400
const firstLookMs = 400
const lookEveryMsMax = 2_000 // longer each time: a crowd that reloads its pages is a load of its own
const followMaxMs = 30_000
const wrongByMinor = 1
const quickMs = 400 // what a bank in trouble takes longer for must still fit into the time to pay

type Status = OrderSeen['status']
const anyEnd: Status[] = ['paid', 'cancelled', 'refunded']

/** What the buyer does with the units, as named in behaviours.ts, until the order has an end. */
export async function endPurchase(stage: Stage, receipt: Receipt): Promise<void> {
  const { plan, thinksMs } = receipt.buyer
  await stage.time.pause(troubles[plan] ? Math.min(thinksMs, quickMs) : thinksMs)
  switch (plan) {
    case 'abandon':
      if (thinksMs % 2 === 0) await playAtBank(stage, receipt, 'abandon') // else without a checkout
      return await follow(stage, receipt, anyEnd)
    case 'cancel':
      await cancel(stage, receipt)
      return await follow(stage, receipt, anyEnd)
    case 'pay-late':
      await openCheckout(stage, receipt)
      await follow(stage, receipt, anyEnd)
      if (!(await playAtBank(stage, receipt, 'pay'))) return // it never had a checkout
      return await follow(stage, receipt, ['paid', 'refunded'])
    case 'declined':
      await playAtBank(stage, receipt, 'decline')
      return await follow(stage, receipt, anyEnd)
    default:
      await playAtBank(stage, receipt, 'pay')
      return await follow(stage, receipt, anyEnd)
  }
}

/** False when the order can't be paid. Again: the same checkout. */
async function openCheckout(stage: Stage, receipt: Receipt): Promise<boolean> {
  const { orderId, token } = receipt
  for (let times = 1; times <= triesMax && !stage.time.isUp(); times++) {
    if (receipt.paymentId) return true
    const answer = orderId === undefined ? undefined : await stage.shop.payment(orderId, token)
    if (answer?.status === 201) {
      receipt.paymentId = PaymentAnswer.parse(answer.body).paymentId
      return true
    }
    if (answer?.code === 'not-payable') return false
    await stage.time.pause(answer?.retryAfterMs || againAfterMs)
  }
  return false
}

/** True when the bank took it. */
async function playAtBank(stage: Stage, receipt: Receipt, act: 'pay' | 'decline' | 'abandon') {
  if (!(await openCheckout(stage, receipt)) || !receipt.paymentId) return false
  const trouble = act === 'pay' ? troubleOf(receipt) : {}
  for (let times = 1; times <= triesMax && !stage.time.isUp(); times++) {
    const status = await stage.bank.play(receipt.paymentId, act, trouble)
    if (status !== undefined) return status === 200
    await stage.time.pause(againAfterMs)
  }
  return false
}

function troubleOf({ buyer, quantity }: Receipt): Trouble {
  if (buyer.plan !== 'wrong-amount') return troubles[buyer.plan] ?? {}
  return { amountMinor: quantity * priceMinor - wrongByMinor }
}

async function cancel(stage: Stage, { orderId, token }: Receipt): Promise<void> {
  for (let times = 1; times <= triesMax && !stage.time.isUp(); times++) {
    const answer = orderId === undefined ? undefined : await stage.shop.cancel(orderId, token)
    if (answer && answer.status !== 503) return
    await stage.time.pause(againAfterMs)
  }
}

/** Looks now and then, as a buyer does, until the order is in one of these states. */
async function follow(stage: Stage, receipt: Receipt, until: Status[]): Promise<void> {
  const { orderId, token, buyer } = receipt
  const waitsForTimeOut = buyer.plan === 'abandon' || buyer.plan === 'pay-late'
  const giveUpAt = performance.now() + followMaxMs
  let lookEveryMs = firstLookMs
  while (orderId !== undefined && !stage.time.isUp() && performance.now() < giveUpAt) {
    const order = await stage.shop.order(orderId, token)
    if (order) note(receipt, order)
    if (order && until.includes(order.status)) return
    const leftMs = waitsForTimeOut && order?.payBy ? Date.parse(order.payBy) - Date.now() : 0
    await stage.time.pause(Math.max(lookEveryMs, leftMs))
    lookEveryMs = Math.min(lookEveryMsMax, lookEveryMs * 1.5)
  }
}
