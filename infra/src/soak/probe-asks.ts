import type { Random } from '@flashsale/simulation/random.ts'
import { headersOf } from '../demo/calls.ts'
import { orderIdOf } from '../demo/receipts.ts'
import type { ProbeKind } from './nines.ts'
import type { Answered, Ask } from './probe-call.ts'
import type { ProbeSales } from './probe-sales.ts'

const readable = 100 // of the latest orders, one is read
const wrongMax = 20 // kinds of them are kept
const wrongChars = 120

/** What is asked, and what is done with each answer to it. */
export type Request = { ask: Ask; answered: (answered: Answered) => void }
type Deps = { sales: ProbeSales; random: Random; sign: (user: string) => string }

/** Makes the prober's requests: every purchase by another buyer, every order one that was bought so. */
export function createProbeAsks({ sales, random, sign }: Deps) {
  const wrong = new Map<string, number>()
  const bought: { id: string; token: string }[] = []
  let buyers = 0

  function buying(kind: Exclude<ProbeKind, 'read an order'>): Request {
    const { free, soldOut } = sales.current()
    const [sale, due] =
      kind === 'buy: units free' ? [free, ['202']] : ([soldOut, ['409 sold-out']] as const)
    const name = `P-${++buyers}`
    const [token, key] = [sign(name), `key-${buyers}`]
    const path = `/v1/sales/${sale.id}/orders`
    const body = JSON.stringify({ quantity: 1 })
    return {
      ask: { method: 'POST', path, headers: headersOf({ token, key }), body, due },
      answered(answered) {
        noteWrong(kind, answered)
        if (answered.status !== 202) return
        sales.won(sale, { name, token, key }, answered.body)
        const id = orderIdOf(answered.body)
        if (id !== undefined) bought.push({ id, token })
        if (bought.length > readable) bought.shift()
      },
    }
  }

  function reading(): Request | undefined {
    const order = bought[random.between(0, bought.length - 1)]
    if (!order) return undefined
    const [path, headers] = [`/v1/orders/${order.id}`, headersOf({ token: order.token })]
    return {
      ask: { method: 'GET', path, headers, due: ['200'] },
      answered: (answered) => noteWrong('read an order', answered),
    }
  }

  function noteWrong(kind: ProbeKind, { outcome, status, body }: Answered): void {
    if (outcome !== 'wrong') return
    const what = `${kind}: ${status} ${JSON.stringify(body)?.slice(0, wrongChars)}`
    if (wrong.size < wrongMax || wrong.has(what)) wrong.set(what, (wrong.get(what) ?? 0) + 1)
  }

  return {
    wrong,
    /** Undefined while nothing was bought that could be read. */
    next: (kind: ProbeKind) => (kind === 'read an order' ? reading() : buying(kind)),
  }
}
