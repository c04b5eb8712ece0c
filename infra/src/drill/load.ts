import type { Audit } from '@flashsale/contracts/http/audit.ts'
import type { Random } from '@flashsale/simulation/random.ts'
import type { Receipt } from '../demo/receipts.ts'
import { drawArrival } from './buyers.ts'
import type { openSaleRun, Shared } from './sale-run.ts'
import { createSales } from './sales.ts'

const hotShare = 0.7 // of the buyers go to the newest sale, the others to the calm one beside it
const atDoorMax = 400 // more would only heat this machine; they are counted
const oftenMs = 1_000
const restWithinMs = 200_000
const catchUpMs = 200 // a machine that stood still does not send at once all who should have come

/** One sale of the load, from its opening until every order of it has ended. */
export type SalePlayed = {
  id: string
  receipts(): Receipt[]
  /** Undefined when the books can't be read now. */
  audit(): Promise<Audit | undefined>
}
export type Load = ReturnType<typeof startLoad>
type Wanted = {
  random: Random
  /** One that changes is asked for anew with each buyer. */
  attemptsPerSecond: number | (() => number)
  openRun?: typeof openSaleRun
  /** How many buyers there are; see buyers.ts when missing. */
  names?: () => number
  auditEveryMs?: number
}

/** Buyers who come at a steady rate whatever happens, to two sales at a time. */
export function startLoad(shared: Shared, wanted: Wanted) {
  const { random, names, auditEveryMs = oftenMs } = wanted
  const { time, tally } = shared
  const sales = createSales(shared, random, wanted.openRun)
  const counts = { arrivals: 0, turnedAway: 0 }
  const rate = wanted.attemptsPerSecond
  const perSecond = typeof rate === 'number' ? () => rate : rate
  let isPaused = false
  let isOver = false

  function sendOne(): void {
    const arrival = drawArrival(random, counts.arrivals++, names?.())
    const atDoor = sales.all().reduce((sum, sale) => sum + sale.atDoor(), 0)
    const open = sales.open()
    const sale = random.chance(hotShare) ? open.at(-1) : open[0]
    if (!sale || atDoor >= atDoorMax) counts.turnedAway++
    else sale.arrive(arrival)
  }

  async function sendBuyers(): Promise<void> {
    let next = performance.now()
    while (!isOver && !time.isUp()) {
      const gapMs = (-Math.log(1 - random.next()) * 1_000) / perSecond()
      next = Math.max(next + gapMs, performance.now() - catchUpMs)
      await time.pause(next - performance.now())
      if (!isPaused) sendOne()
    }
  }

  async function auditOnAndOn(): Promise<void> {
    while (!isOver && !time.isUp()) {
      for (const sale of sales.open()) await sale.audit()
      await time.pause(auditEveryMs)
    }
  }

  const running = Promise.all([sendBuyers(), auditOnAndOn()])
  return {
    counts,
    /** Nobody comes any more; who has units goes on. */
    pause(): void {
      isPaused = true
    },
    resume(): void {
      isPaused = false
    },
    /** The sales that buyers are sent to now. */
    open: (): SalePlayed[] => [...sales.open()],
    sales: (): SalePlayed[] => [...sales.all()],
    /** A sale that opened just now, with more units than its buyers will want for some seconds. */
    freshSale: (): Promise<SalePlayed> => sales.fresh(),
    /** Every 202 of all sales until now. */
    receipts: (): Receipt[] => sales.all().flatMap((sale) => sale.receipts()),
    /** Those of the sales that can have been open in the last half minute. */
    latestReceipts: (): Receipt[] => sales.latest().flatMap((sale) => sale.receipts()),
    /** All that buyers have asked for, and what of it failed. */
    requests: () => ({ ...tally.requests, failures: Object.fromEntries(tally.requests.failures) }),
    /** Requests to buy that got no answer, or `unconfirmed`. */
    lostAnswers: () =>
      (tally.answers.get('no answer') ?? 0) + (tally.answers.get('202 unconfirmed') ?? 0),
    /**
     * Closes every sale and waits until nothing is held or on its way and every receipt was asked for
     * its end. The last audit of each sale; undefined where the books can't be read even now.
     */
    async rest(say: (line: string) => void): Promise<(Audit | undefined)[]> {
      isOver = true
      await running
      const late = setTimeout(time.end, restWithinMs)
      await sales.settleAll(say)
      clearTimeout(late)
      return await Promise.all(sales.all().map((sale) => sale.audit()))
    },
  }
}
