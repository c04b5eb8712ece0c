import type { Random } from '@flashsale/simulation/random.ts'
import { createLanes } from '../demo/lanes.ts'
import { openSaleRun, type SaleRun, type Shared } from './sale-run.ts'

const stock = { least: 200, most: 400, fresh: 1_500 }
const windowSeconds = { least: 5, most: 8 }
const salesAtOnce = 2
const saleLivesMs = 16_000
const latest = 8
const sayEveryMs = 5_000
const lookEveryMs = 1_000

/**
 * Sale after sale, two at a time; one that is over settles beside them. They open one after the other,
 * so that the newest is the one that was asked for last: that is where most buyers are sent.
 */
export function createSales(shared: Shared, random: Random, openRun = openSaleRun) {
  const inLine = createLanes(1)
  const all: SaleRun[] = []
  const settling = new Set<Promise<void>>()
  let open: SaleRun[] = []
  let isOver = false

  async function add(units: number): Promise<SaleRun> {
    const paymentWindowSeconds = random.between(windowSeconds.least, windowSeconds.most)
    const sale = await openRun(shared, { stock: units, paymentWindowSeconds })
    all.push(sale)
    open.push(sale)
    return sale
  }

  function retire(sale: SaleRun): void {
    open = open.filter((other) => other !== sale)
    const settled: Promise<void> = sale.settle().finally(() => void settling.delete(settled))
    settling.add(settled)
  }

  async function keepOpen(): Promise<void> {
    while (!isOver && !shared.time.isUp()) {
      const old = open.find((sale) => sale.ageMs() > saleLivesMs)
      if (old) retire(old) // one at a time: buyers always find a sale that is open
      const isFull = await inLine(async () => {
        if (open.length >= salesAtOnce) return true
        await add(random.between(stock.least, stock.most))
        return false
      })
      if (isFull) await shared.time.pause(lookEveryMs)
    }
  }
  const keeping = keepOpen()

  return {
    all: () => all,
    open: () => open,
    /** Those that can have been open in the last half minute. */
    latest: () => all.slice(-latest),
    /** A sale that opened just now, with more units than its buyers will want for some seconds. */
    fresh: (): Promise<SaleRun> =>
      inLine(async () => {
        const sale = await add(stock.fresh)
        for (const older of open.slice(0, -salesAtOnce)) retire(older)
        return sale
      }),
    /** Closes every sale; resolves when all have settled, or when time is up. */
    async settleAll(say: (line: string) => void): Promise<void> {
      isOver = true
      await keeping
      for (const sale of open) retire(sale)
      const saying = setInterval(() => {
        const waiting = all.filter((sale) => sale.waitsFor() !== '')
        const [first] = waiting
        if (first) say(`${waiting.length} sales wait; ${first.id} for ${first.waitsFor()}`)
      }, sayEveryMs)
      await Promise.all(settling)
      clearInterval(saying)
    },
  }
}
export type Sales = ReturnType<typeof createSales>
