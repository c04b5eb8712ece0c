import { keyOf } from '../../../load-tests/k6/told-lines.ts'
import { eachInLanes } from '../demo/lanes.ts'
import { orderIdOf } from '../demo/receipts.ts'
import type { OrderSeen, Shop } from '../demo/shop.ts'
import type { Time } from '../demo/time.ts'
import type { Receipt } from './told.ts'

const lanes = 24
const againAfterMs = 300

export type Ends = { ends: Record<string, number>; withoutEnd: number; examples: string[] }
type Desk = {
  shop: Pick<Shop, 'buy' | 'order'>
  saleId: string
  tokens: readonly string[]
  time: Time
}
const examplesMax = 10

/** Asks for each 202 what became of it, until it has an end or time is up. */
export async function askEnds(
  desk: Desk,
  receipts: readonly Receipt[],
  onAsked: () => void = () => {},
): Promise<Ends> {
  const ends: Record<string, number> = {}
  const examples: string[] = []
  let withoutEnd = 0
  await eachInLanes(receipts, lanes, async (receipt) => {
    const end = await endOf(desk, receipt)
    if (end) ends[end] = (ends[end] ?? 0) + 1
    else if (withoutEnd++ < examplesMax) examples.push(receipt.orderId ?? keyOf(receipt.iteration))
    onAsked()
  })
  return { ends, withoutEnd, examples }
}

async function endOf(desk: Desk, { iteration, orderId }: Receipt): Promise<string | undefined> {
  const { shop, tokens, time } = desk
  const token = tokens[iteration % tokens.length] ?? ''
  let id = orderId
  do {
    if (id === undefined) {
      const asked = await askByKey(desk, token, iteration)
      if (asked === 'refused') return 'refused'
      id = asked
    }
    const order = id === undefined ? undefined : await shop.order(id, token)
    const end = order && endName(order)
    if (end) return end
    await time.pause(againAfterMs)
  } while (!time.isUp())
  return undefined
}

/** The order's id; `refused` when nothing was taken; undefined when that can't be said now. */
async function askByKey({ shop, saleId }: Desk, token: string, iteration: number) {
  const answer = await shop.buy(saleId, { token, key: keyOf(iteration), body: { quantity: 1 } })
  if (answer?.status === 202) return orderIdOf(answer.body)
  return answer?.status === 409 ? 'refused' : undefined
}

function endName({ status, reason }: OrderSeen): string | undefined {
  if (status !== 'paid' && status !== 'cancelled' && status !== 'refunded') return undefined
  return reason ? `${status} (${reason})` : status
}
