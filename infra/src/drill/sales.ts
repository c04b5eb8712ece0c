import type { Random } from '../demo/random.ts'
import { openSaleRun, type SaleRun, type Shared } from './sale-run.ts'

const stock = { least: 200, most: 400, fresh: 1_500 }
const windowSeconds = { least: 5, most: 8 }
const salesAtOnce = 2
const saleLivesMs = 16_000
const latest = 8
const sayEveryMs = 5_000
const lookEveryMs = 1_000

/** Sale after sale, two at a time; one that is over settles beside them. */
export function createSales(shared: Shared, random: Random) {
  const all: SaleRun[] = []
  const settling = new Set<Promise<void>>()
  let open: SaleRun[] = []
  let isOver = false

  async function add(units: number): Promise<SaleRun> {
    const paymentWindowSeconds = random.between(windowSeconds.least, windowSeconds.most)
    const sale = await openSaleRun(shared, { stock: units, paymentWindowSeconds })
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
      for (const sale of open) if (sale.ageMs() > saleLivesMs) retire(sale)
      if (open.length < salesAtOnce) await add(random.between(stock.least, stock.most))
      else await shared.time.pause(lookEveryMs)
    }
  }
  const keeping = keepOpen()

  return {
    all: () => all,
    open: () => open,
    /** Those that can have been open in the last half minute. */
    latest: () => all.slice(-latest),
    /** A sale that opened just now, with more units than its buyers will want for some seconds. */
    async fresh(): Promise<SaleRun> {
      const sale = await add(stock.fresh)
      const [oldest] = open
      if (oldest && open.length > salesAtOnce) retire(oldest)
      return sale
    },
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
