import assert from 'node:assert/strict'
import { until } from '@flashsale/service-kit/wait.ts'
import { codeOf, request as send, type TestAnswer } from '@flashsale/test-kit/http.ts'
import type { System } from '@flashsale/test-kit/system.ts'

const PATIENCE_MS = 90_000 // a bound for a machine that does much else
const RETRY_AFTER_MS = 1_000 // as every answer that says to try again does
const ENDS = ['paid', 'cancelled', 'refunded']
/** What becomes of an order whose units were held. */
const HELD = ['accepted', 'pending-payment', 'paid', 'cancelled', 'refunding', 'refunded']

export type Wish = { quantity?: number; key?: string | undefined }
/** Proof of a 202: whoever has one is owed an end (P4). */
export type Receipt = { user: string; orderId: string }
export type Said = { user: string; said: string; orderId?: string; replayed: boolean }
/** What the bank shall do wrong. */
type Trouble = { copies?: number; delayMs?: number; neverCall?: boolean; amountMinor?: number }
type Buyers = ReturnType<typeof asBuyers>

/** The calls of all buyers of a sale, and the bank's page that they pay at. */
export function asBuyers({ url, bankUrl, token }: System, saleId: string, request = send) {
  const buy = (user: string, { quantity = 1, key }: Wish = {}) => {
    const call = { method: 'POST', token: token(user), key, body: { quantity } } as const
    return request(`${url}/v1/sales/${saleId}/orders`, { ...call, timeoutMs: PATIENCE_MS })
  }
  const order = ({ user, orderId }: Receipt) =>
    request(`${url}/v1/orders/${orderId}`, { token: token(user) })
  const post = ({ user, orderId }: Receipt, what: 'payment' | 'cancel') =>
    request(`${url}/v1/orders/${orderId}/${what}`, { method: 'POST', token: token(user) })

  return {
    buy,
    order,
    checkout: (receipt: Receipt) => post(receipt, 'payment'),
    cancel: (receipt: Receipt) => post(receipt, 'cancel'),
    payAtBank: (paymentId: string, trouble?: Trouble) =>
      request(`${bankUrl}/checkouts/${paymentId}/pay`, { method: 'POST', body: trouble }),

    /** Buys, and has units held. */
    async hold(user: string, wish?: Wish): Promise<Receipt> {
      const answer = await buy(user, wish)
      assert.deepEqual([answer.status, answer.body.status], [202, 'accepted'])
      return { user, orderId: answer.body.orderId }
    },
    /** The payment id; asks again while the order is on its way, or a service is away. */
    openCheckout: async (receipt: Receipt): Promise<string> =>
      (await patiently(() => post(receipt, 'payment'), 201)).paymentId,
    cancelPatiently: (receipt: Receipt) => patiently(() => post(receipt, 'cancel'), 200),
    /** While it is being paid, maybe too late. */
    tryToCancel: (receipt: Receipt) => patiently(() => post(receipt, 'cancel'), 200, 409),
    /** The order once it is in one of these states. */
    async becomes(receipt: Receipt, ...states: string[]) {
      const check = async () => {
        const { status, body } = await order(receipt)
        return status === 200 && states.includes(body.status) ? body : undefined
      }
      return until(check, { timeoutMs: 20_000, what: `${receipt.orderId} to be ${states}` })
    },
    /** Ids of the buyer's orders, of which there are few. */
    async ordersOf(user: string): Promise<string[]> {
      const wanted = { token: token(user) }
      const body = await patiently(() => request(`${url}/v1/orders?limit=100`, wanted), 200)
      assert.equal(body.nextCursor, undefined)
      return body.orders.map((one: { id: string }) => one.id)
    },
    /** Every 202 gets an end (P4): the body of each order, in the order of the receipts. */
    ends: (receipts: Receipt[], timeoutMs = 30_000) => endsOf(receipts, order, timeoutMs),
  }
}

/** The body of the first answer that does not say to try again; it has to be a wanted one. */
async function patiently(call: () => Promise<TestAnswer>, ...wanted: number[]) {
  let answer: TestAnswer | undefined
  const check = async () => {
    answer = await call()
    if (answer.status !== 503 && codeOf(answer) !== 'order-not-ready') return answer
  }
  const what = `an answer of ${wanted}`
  answer = await until(check, { timeoutMs: PATIENCE_MS, everyMs: RETRY_AFTER_MS, what }).catch(
    (error) => {
      throw new Error(`${error.message}, the last one was ${JSON.stringify(answer?.body)}`)
    },
  )
  assert.ok(wanted.includes(answer.status), `${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}

async function endsOf(receipts: Receipt[], order: Buyers['order'], timeoutMs: number) {
  const ended = new Map<string, TestAnswer['body']>()
  const open = () => receipts.filter(({ orderId }) => !ended.has(orderId))
  const check = async () => {
    for (const { status, body } of await Promise.all(open().map(order))) {
      if (status === 200 && ENDS.includes(body.status)) ended.set(body.id, body)
    }
    return open().length === 0
  }
  await until(check, { timeoutMs, everyMs: 250, what: 'every receipt to have an end' }).catch(
    (error: Error) => {
      const left = open().map(({ orderId }) => orderId)
      throw new Error(`${error.message}: ${left.length} have none, such as ${left.slice(0, 5)}`)
    },
  )
  return receipts.map(({ orderId }) => ended.get(orderId))
}

/**
 * A buyer who wants to know: asks again while the answer is unknown (P8) or says to try later. The
 * last answer, in words.
 */
export async function buyPatiently(
  { buy, becomes }: Pick<Buyers, 'buy' | 'becomes'>,
  user: string,
  wish: Wish,
): Promise<Said> {
  const attempt = async (): Promise<Said | undefined> => {
    const answer = await buy(user, wish)
    const { orderId, status } = answer.body
    const replayed = answer.headers['idempotency-replayed'] === 'true'
    if (answer.status === 503 || answer.status === 429) return undefined
    if (answer.status !== 202) return { user, said: codeOfProblem(answer), replayed }
    if (status === 'accepted') return { user, said: status, orderId, replayed }
    if (!orderId) return undefined // it had a key: sending it again is the look-up
    const { reason } = await becomes({ user, orderId }, ...HELD)
    return reason === 'not-recorded' ? undefined : { user, said: 'accepted', orderId, replayed }
  }
  return until(attempt, {
    timeoutMs: PATIENCE_MS,
    everyMs: RETRY_AFTER_MS,
    what: `an answer for ${user}`,
  })
}

export function codeOfProblem(answer: TestAnswer): string {
  const code = codeOf(answer)
  assert.ok(code, `no problem document: ${answer.status} ${JSON.stringify(answer.body)}`)
  return code
}

export function countBy<T>(items: T[], name: (item: T) => string): Record<string, number> {
  const groups = Map.groupBy(items, name)
  return Object.fromEntries([...groups].map(([key, members]) => [key, members.length]))
}
