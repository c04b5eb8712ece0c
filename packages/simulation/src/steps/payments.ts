import { tell } from '../kafka.ts'
import {
  type BankWord,
  breaks,
  type Checkout,
  type Payment,
  type Step,
  type World,
  work,
} from '../world.ts'

/** The payment service and its bank. A payment is on record before the bank hears of it (R12). */
export function paymentSteps(world: World): Step[] {
  const steps = [...world.orders].flatMap(([order, { state }]): Step[] => {
    if (state !== 'pending-payment' || world.payments.has(order)) return []
    const run = () => void world.payments.set(order, { state: 'created' })
    return [{ kind: 'wish', name: `o${order} goes to pay`, run }]
  })
  for (const [order, payment] of world.payments) {
    const checkout = world.bank.get(order)
    if (checkout) steps.push(...atTheBank(order, checkout, world))
    steps.push(...ofPayment(world, order, payment, checkout))
  }
  return steps
}

/** What the buyer does there, and what the bank makes of it. */
function atTheBank(order: number, checkout: Checkout, world: World): Step[] {
  if (checkout.state === 'open') {
    const ends = (state: 'captured' | 'declined'): Step => ({
      kind: 'wish',
      name: `the bank has o${order} ${state}`,
      run: () => Object.assign(checkout, { state, callbacks: 1 }),
    })
    return [ends('captured'), ends('declined')]
  }
  if (checkout.callbacks === 0) return []
  const word = checkout.state
  const calls = () => {
    const payment = world.payments.get(order) as Payment
    payment.word ??= word // stored, once, and answered
  }
  return [
    work(world, 'payments', `the bank calls back of o${order}`, () => {
      calls()
      checkout.callbacks--
    }),
    {
      kind: 'fault',
      crash: 'callback twice',
      name: `the bank calls back of o${order}, and will again`,
      run: calls,
    },
    {
      kind: 'fault',
      crash: 'callback lost',
      name: `the callback of o${order} is lost`,
      run: () => void checkout.callbacks--,
    },
  ]
}

function ofPayment(world: World, order: number, payment: Payment, checkout?: Checkout): Step[] {
  const { bank, orders, off } = world
  const does = (name: string, run: () => void) => work(world, 'payments', name, run)
  const steps: Step[] = []
  const isOpen = payment.state === 'created' || payment.state === 'in-progress'
  const isOrderOver = orders.get(order)?.state !== 'pending-payment'
  if (payment.word)
    steps.push(does(`the callback of o${order} is settled`, () => settle(world, order, payment)))
  if (isOpen && !checkout && !isOrderOver) {
    const opens = () => void bank.set(order, { state: 'open', callbacks: 0, refunded: false })
    steps.push(does(`a checkout is opened for o${order}`, opens))
  }
  if (
    isOpen &&
    !payment.word &&
    checkout &&
    checkout.state !== 'open' &&
    checkout.callbacks === 0
  ) {
    const asks = () => {
      payment.word = checkout.state as BankWord
    }
    if (!(off.has('R12') && isOrderOver)) steps.push(does(`the bank is asked of o${order}`, asks))
  }
  if (isOpen && isOrderOver && (!checkout || checkout.state === 'open')) {
    steps.push(does(`the checkout of o${order} is ended`, () => expire(world, order)))
  }
  steps.push(...refundSteps(world, order, payment, checkout))
  return steps
}

/** By us, for good: one that was never opened is opened to be ended. */
function expire({ bank, payments }: World, order: number): void {
  bank.set(order, { state: 'expired', callbacks: 0, refunded: false })
  ;(payments.get(order) as Payment).word = 'expired'
}

/** Only the word that moves the payment writes an event. */
function settle(world: World, order: number, payment: Payment): void {
  const word = payment.word as BankWord
  delete payment.word
  const { from, to } = world.domain.moveOn(word)
  if (!from.includes(payment.state)) return
  payment.state = to
  if (word === 'captured') tell(world.kafka, 'payment', 'payment.captured', order)
  if (word === 'declined') tell(world.kafka, 'payment', 'payment.declined', order)
}

/** One a payment, under an id of its own: asked again, the bank sends nothing more. */
function refundSteps(world: World, order: number, payment: Payment, checkout?: Checkout): Step[] {
  if (!checkout || (payment.refund !== 'wanted' && payment.refund !== 'sent')) return []
  const asks = () => {
    if (checkout.state !== 'captured')
      breaks(world, `P5: o${order} is refunded, and nothing was captured`)
    checkout.refunded = true
  }
  const done = () => {
    asks()
    payment.refund = 'told'
    tell(world.kafka, 'payment', 'payment.refunded', order)
  }
  const lost = () => {
    asks()
    payment.refund = 'sent'
  }
  const steps = [work(world, 'payments', `o${order} is refunded`, done)]
  if (payment.refund === 'wanted') {
    const name = `o${order} is refunded, without an answer`
    steps.push({ kind: 'fault', crash: 'refund, no answer', name, run: lost })
  }
  return steps
}
