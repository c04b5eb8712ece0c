import { createRandom } from '@flashsale/simulation/random.ts'
import { createBank } from '../demo/bank.ts'
import { createDesk } from '../demo/desk.ts'
import { createShop } from '../demo/shop.ts'
import { createTally, percentile } from '../demo/tally.ts'
import { createTime } from '../demo/time.ts'
import { createAuditBook } from '../drill/audit-book.ts'
import { startLoad } from '../drill/load.ts'
import { verify } from '../drill/verify.ts'
import type { Stack } from '../stack/stack.ts'
import { tokenSigner } from '../stack/tokens.ts'
import type { Won } from './line.ts'
import { createRudeSales } from './rude-sales.ts'

const seed = 1
const report = { forgotten: new Set<string>(), recorded: new Set<string>() } // Redis forgets nothing

export type Buyers = ReturnType<typeof startBuyers>

/** Ordinary buyers, sale after sale, as in the drill; and the sales of the rude ones. */
export function startBuyers(stack: Stack, attemptsPerSecond: number) {
  const beganAt = new Date()
  const tally = createTally()
  const time = createTime()
  const sign = tokenSigner(stack.settings.secrets.jwt)
  const desk = createDesk(stack.addresses.gateway, sign('operator', 'admin'))
  const shop = createShop(stack.addresses.gateway, tally)
  const bank = createBank(stack.addresses.bank)
  const books = createAuditBook(desk, () => false)
  const shared = { shop, desk, bank, tally, time, books, sign }
  const load = startLoad(shared, { random: createRandom(seed), attemptsPerSecond })
  const rudeSales = createRudeSales(shared)
  let seen = 0

  return {
    sign,
    tally,
    books,
    openRudeSales: rudeSales.openBoth,
    /** What their calls to buy took since the last look. */
    latencies() {
      const fresh = tally.times.buy.slice(seen)
      seen = tally.times.buy.length
      return { answers: fresh.length, p50: percentile(fresh, 0.5), p99: percentile(fresh, 0.99) }
    },
    /** Every order has its end, every 202 was asked for it, all books are read once more. */
    async rest(say: (line: string) => void, won: readonly Won[]) {
      const audits = await load.rest(say)
      const rude = await rudeSales.settle(won)
      const sales = load.sales().map((sale, index) => {
        return { saleId: sale.id, receipts: sale.receipts(), audit: audits[index] }
      })
      const statement = await bank.statement(beganAt, new Date())
      const receipts = load.receipts()
      time.end()
      await Promise.all([shop.leave(), desk.leave(), bank.leave()])
      return {
        checks: verify({ sales, statement, report }),
        sales: sales.length + rude.sales,
        receipts: receipts.length + rude.receipts,
        receiptsWithoutEnd: receipts.filter(({ end }) => !end).length + rude.withoutEnd,
      }
    },
  }
}
