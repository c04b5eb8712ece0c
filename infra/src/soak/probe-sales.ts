import type { Buyer } from '../demo/cast.ts'
import type { openSaleRun, SaleRun, Shared } from '../drill/sale-run.ts'

const paymentWindowSeconds = 8
const soldOutWindowSeconds = 120 // one that is not paid in time is not missed before it is renewed
const stock = 2_000 // more than are wanted while it is the one in use; nobody pays
const renewEveryMs = 90_000
const knownAfterMs = 3_000 // by every gateway
const answersWithinMs = 7_000 // whoever asked there before has an answer, or gave up
const lookEveryMs = 500

const prober: Omit<Buyer, 'name'> = {
  row: 'crowd',
  way: 'plain',
  plan: 'abandon',
  quantity: 1,
  arrivesMs: 0,
  thinksMs: 0,
  waitsFor: 'nothing',
}
const payer: Buyer = { ...prober, name: 'P-first', plan: 'pay' }

type Pair = { free: SaleRun; soldOut: SaleRun }
type Who = { name: string; token: string; key: string }

/** Two sales for the prober: one with units for all, one whose only unit is paid. Renewed now and then. */
export async function openProbeSales(shared: Shared, open: typeof openSaleRun) {
  const { time } = shared
  const all: SaleRun[] = []
  const settling: Promise<void>[] = []
  let isOver = false

  async function openPair(): Promise<Pair> {
    const soldOut = await open(shared, { stock: 1, paymentWindowSeconds: soldOutWindowSeconds })
    const free = await open(shared, { stock, paymentWindowSeconds })
    all.push(soldOut, free)
    const isTaken = () => soldOut.receipts().some(({ acceptedAt }) => acceptedAt !== undefined)
    while (!time.isUp() && !isTaken()) {
      if (soldOut.atDoor() === 0) soldOut.arrive({ buyer: payer, asks: 'plain', key: 'first' })
      await time.pause(lookEveryMs)
    }
    await time.pause(knownAfterMs)
    return { free, soldOut }
  }

  async function settle({ free, soldOut }: Pair): Promise<void> {
    await time.pause(answersWithinMs)
    await Promise.all([free.settle(), soldOut.settle()])
  }

  async function renew(): Promise<void> {
    while (!isOver && !time.isUp()) {
      const startedAt = performance.now()
      while (!isOver && performance.now() - startedAt < renewEveryMs) await time.pause(lookEveryMs)
      if (isOver) return
      const older = pair
      pair = await openPair()
      settling.push(settle(older))
    }
  }

  let pair = await openPair()
  const renewing = renew()
  return {
    all: () => all,
    current: () => pair,
    /** Every 202 is a receipt, to be asked for its end. */
    won(sale: SaleRun, { name, token, key }: Who, body: unknown): void {
      const answer = { status: 202, code: '202', body, replayed: false, retryAfterMs: 0 }
      sale.take({ buyer: { ...prober, name }, token, key, quantity: 1 }, answer)
    },
    async rest(): Promise<void> {
      isOver = true
      await renewing
      await Promise.all([...settling, settle(pair)])
    },
  }
}
export type ProbeSales = Awaited<ReturnType<typeof openProbeSales>>
