import { createRandom } from '@flashsale/simulation/random.ts'
import { createBank } from '../demo/bank.ts'
import { waitFor } from '../demo/deadline.ts'
import { createDesk } from '../demo/desk.ts'
import { createShop } from '../demo/shop.ts'
import { createTally } from '../demo/tally.ts'
import { createTime } from '../demo/time.ts'
import { createAuditBook } from '../drill/audit-book.ts'
import { startLoad } from '../drill/load.ts'
import { createReport } from '../drill/report.ts'
import type { SaleSizes } from '../drill/sale-run.ts'
import type { Wait } from '../drill/scene.ts'
import type { Stack } from '../stack/stack.ts'
import { tokenSigner } from '../stack/tokens.ts'
import { archivedSales } from './archived-sale.ts'
import { createSampler } from './sampler.ts'
import { openServers } from './servers.ts'

const sizesArePerSecond = 60 // the drill's stocks are for so many buyers a second
const windowsAreTimes = 2 // of the drill's: who has waited for a killed process can still pay
const stockMin = 20
const namesPerSecond = 10 // of buyers: some come again, and meet the limit
const auditEveryMs = 5_000 // an audit reads all books of a sale
const firstPerSecond = 10

/** The load of a soak on a stack: buyers come from here on. */
export function openWorld(stack: Stack, seed: number) {
  const startedAt = performance.now()
  const report = createReport()
  const tally = createTally()
  const time = createTime()
  const sign = tokenSigner(stack.settings.secrets.jwt)
  const desk = createDesk(stack.addresses.gateway, sign('operator', 'admin'))
  const shop = createShop(stack.addresses.gateway, tally)
  const bank = createBank(stack.addresses.bank)
  const books = createAuditBook(desk, () => report.isStruck('redis'))
  const shared = { shop, desk, bank, tally, time, books, sign }
  const servers = openServers(stack)
  let attemptsPerSecond = firstPerSecond
  const sizes = ({ stock, paymentWindowSeconds }: SaleSizes) => {
    const scaled = Math.round((stock * attemptsPerSecond) / sizesArePerSecond)
    return {
      stock: Math.max(stockMin, scaled),
      paymentWindowSeconds: windowsAreTimes * paymentWindowSeconds,
    }
  }
  const load = startLoad(shared, {
    random: createRandom(seed + 2),
    attemptsPerSecond: () => attemptsPerSecond,
    openRun: archivedSales({ stack, servers, sizes }),
    names: () => namesPerSecond * attemptsPerSecond,
    auditEveryMs,
  })

  return {
    stack,
    report,
    tally,
    time,
    bank,
    books,
    shared,
    servers,
    sampler: createSampler(stack, servers),
    load,
    setRate(perSecond: number): void {
      attemptsPerSecond = perSecond
    },
    random: createRandom(seed + 3),
    pause: time.pause,
    say: (line: string) => {
      const at = ((performance.now() - startedAt) / 1_000).toFixed(0)
      console.error(`${at.padStart(6)} s  ${line}`)
    },
    until: <T>(check: () => Promise<T | undefined | false> | T | undefined | false, wait: Wait) => {
      const found = async () => (await check()) || undefined
      return waitFor(found, { limitMs: wait.limitMs, what: () => wait.what, time })
    },
    async leave(): Promise<void> {
      time.end()
      await Promise.all([shop.leave(), desk.leave(), bank.leave(), servers.leave()])
    },
  }
}
export type SoakWorld = ReturnType<typeof openWorld>
