import { randomUUID } from 'node:crypto'
import { until } from '@flashsale/service-kit/wait.ts'
import { codeOf, request, type TestAnswer } from '@flashsale/test-kit/http.ts'
import type { System } from '@flashsale/test-kit/system.ts'
import { sign } from '../../src/bank/deliveries.ts'
import { buyPatiently, type Receipt } from '../system/buyer.ts'
import { newSale, openSale, type Sale } from '../system/sale.ts'

const ANSWER_WITHIN_MS = 15_000
const ORDER_WITHIN_MS = 30_000
const ASKED_MAX = 8
const PRICE_MINOR = 9900
const KEY = 'k'

export const actions = [
  'read the sale',
  'buy, without a key',
  'buy, with a key',
  'repeat a purchase with its key',
  'read what was just bought',
  'read an order',
  'list orders',
  'cancel an order',
  'open the payment page',
  'open it again',
  "take the bank's callback",
  'create a sale (operator)',
  'audit a sale (operator)',
] as const
export type Action = (typeof actions)[number]
export type Answers = Record<Action, string>
export type Stage = Awaited<ReturnType<typeof setStage>>

/** A sale of its own, and orders in the states that a buyer's calls need, all while nothing is away. */
export async function setStage(system: System, scene: number) {
  const sale = await openSale(system, { priceMinor: PRICE_MINOR })
  const user = (name: string) => `${name} ${scene}`
  const order = async (name: string): Promise<Receipt> => {
    const { orderId = '' } = await buyPatiently(sale, user(name), { key: KEY })
    await sale.becomes({ user: user(name), orderId }, 'pending-payment')
    return { user: user(name), orderId }
  }
  const [keyed, toRead, toCancel, toPay, opened, paying] = await Promise.all([
    order('kim'),
    order('rae'),
    order('cam'),
    order('pat'),
    order('eve'),
    order('bea'),
  ])
  await sale.openCheckout(opened)
  const paymentId = await sale.openCheckout(paying)
  await sale.payAtBank(paymentId, { neverCall: true }) // its callback is delivered by hand
  const orders = { keyed, toRead, toCancel, toPay, opened, paying }
  const bought: Receipt[] = []
  return { system, sale, user, orders, paymentId, bought, calls: callsOf(system, sale) }
}

/** What each action is answered, in words that don't depend on how long it took. */
export async function actAll(stage: Stage, ordersWait: boolean): Promise<Answers> {
  const { sale, orders, calls } = stage
  return {
    'read the sale': await steady(calls.readSale, (answer) => words(answer, 'state')),
    'buy, without a key': await steady(buyer(stage)),
    'buy, with a key': await steady(buyer(stage, KEY)),
    'repeat a purchase with its key': await steady(
      () => sale.buy(orders.keyed.user, { key: KEY }),
      (answer) => words(answer) + (isOrder(answer, orders.keyed) ? ', the same order' : ''),
    ),
    'read what was just bought': await readBought(stage, ordersWait),
    'read an order': await steady(() => sale.order(orders.toRead)),
    'list orders': await steady(() => calls.listOrders(orders.toRead.user), listed),
    'cancel an order': await steady(() => sale.cancel(orders.toCancel)),
    'open the payment page': await steady(() => sale.checkout(orders.toPay)),
    'open it again': await steady(() => sale.checkout(orders.opened)),
    "take the bank's callback": await steady(() => deliver(stage)),
    'create a sale (operator)': await steady(calls.createSale, (answer) => words(answer, 'state')),
    'audit a sale (operator)': await steady(
      calls.audit,
      (answer) => words(answer) + (answer.body.exact === true ? ', exact' : ''),
    ),
  }
}

const isOrder = ({ body }: TestAnswer, { orderId }: Receipt) => body.orderId === orderId

/** Another buyer each time; what they get is kept, for its end. */
function buyer({ sale, user, bought }: Stage, key?: string) {
  return async () => {
    const name = user(`${key ? 'keyed' : 'plain'} ${bought.length} of`)
    const answer = await sale.buy(name, { key })
    if (answer.body.orderId) bought.push({ user: name, orderId: answer.body.orderId })
    return answer
  }
}

/** The answer that came twice in a row: a busy machine alone can make one of them late. */
async function steady(call: () => Promise<TestAnswer>, say = (one: TestAnswer) => words(one)) {
  let last: string | undefined
  for (let i = 0; i < ASKED_MAX; i++) {
    const answer = await told(call())
    const said = answer ? say(answer) : 'no answer'
    if (said === last) return said
    last = said
  }
  return `changing, lastly ${last}`
}

/** As the bank would: its money is there, and nobody has been told. */
export function deliver({ system: { url, env }, paymentId }: Stage) {
  const body = JSON.stringify({
    callbackId: randomUUID(),
    paymentId,
    state: 'captured',
    amountMinor: PRICE_MINOR,
    currency: 'EUR',
  })
  return request(`${url}/v1/payments/callbacks/bank`, {
    method: 'POST',
    headers: { 'bank-signature': sign(env.bank.BANK_SECRET ?? '', body) },
    body,
  })
}

function callsOf({ url, token }: System, { id }: Sale) {
  const admin = () => token('operator', 'admin')
  const sales = `${url}/v1/admin/sales`
  return {
    readSale: () => request(`${url}/v1/sales/${id}`),
    listOrders: (user: string) => request(`${url}/v1/orders`, { token: token(user) }),
    createSale: () => request(sales, { method: 'POST', token: admin(), body: newSale() }),
    audit: () => request(`${sales}/${id}/audit`, { token: admin() }),
  }
}

async function readBought({ sale, bought }: Stage, ordersWait: boolean): Promise<string> {
  const [first] = bought
  if (!first) return NOTHING
  if (!ordersWait) await sale.becomes(first, 'pending-payment')
  return steady(() => sale.order(first))
}
/** Where nothing could be bought. */
export const NOTHING = '–'

/** Undefined when there was none: a hang, or a broken connection. */
async function told(call: Promise<TestAnswer>): Promise<TestAnswer | undefined> {
  const tooLong = Promise.withResolvers<undefined>()
  const timer = setTimeout(tooLong.resolve, ANSWER_WITHIN_MS, undefined)
  const answer = await Promise.race([call.catch(() => undefined), tooLong.promise])
  clearTimeout(timer)
  return answer
}

function words(answer: TestAnswer, said: 'status' | 'state' = 'status'): string {
  const { status, headers, body } = answer
  if (status === 503 && !headers['retry-after']) return `503 without Retry-After`
  return [status, codeOf(answer) ?? body[said]].filter((word) => word !== undefined).join(' ')
}

function listed(answer: TestAnswer): string {
  const statuses = answer.body.orders?.map((order: { status: string }) => order.status) ?? []
  return [words(answer), ...statuses].join(' ')
}

/** Everything that was begun gets its end, once nothing is away; what became of it, in words. */
export async function endAll(stage: Stage): Promise<string> {
  const { sale, orders, bought } = stage
  const { keyed, toRead, toCancel, toPay, opened, paying } = orders
  const isStored = async () => (await deliver(stage)).status === 200 // the bank calls until it is
  await until(isStored, { timeoutMs: ORDER_WITHIN_MS, what: 'the callback to be stored' })
  for (const order of [toPay, opened]) await sale.payAtBank(await sale.openCheckout(order))
  for (const receipt of [toCancel, keyed, toRead, ...bought]) await sale.cancelPatiently(receipt)
  const ends = await sale.ends([paying, toPay, opened, toCancel, keyed, toRead, ...bought])
  const paid = ends.filter(({ status }) => status === 'paid').length
  const left = ends.filter(({ status }) => status !== 'paid' && status !== 'cancelled').length
  const { sold, held } = await sale.settled((books) => books.held === 0) // Kafka brings their ends
  const rest = left === 0 ? 'all others cancelled' : `${left} neither paid nor cancelled`
  return `${paid} orders are paid and ${rest}, ${sold} units sold and ${held} held, the audit exact`
}
