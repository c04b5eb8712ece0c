import { createRandom } from '@flashsale/simulation/random.ts'
import { createBank } from '../demo/bank.ts'
import { waitFor } from '../demo/deadline.ts'
import { createDesk } from '../demo/desk.ts'
import { createShop } from '../demo/shop.ts'
import { createTally } from '../demo/tally.ts'
import { createTime } from '../demo/time.ts'
import type { Stack } from '../stack/stack.ts'
import { tokenSigner } from '../stack/tokens.ts'
import { createAuditBook } from './audit-book.ts'
import type { Failpoints } from './failpoints.ts'
import { startLoad } from './load.ts'
import { createReport } from './report.ts'
import type { DrillOptions } from './run-options.ts'
import type { World } from './scene.ts'
import { strike } from './strike.ts'
import { type RunFacts, type Summary, summarize } from './summary.ts'
import { verify } from './verify.ts'

type Wanted = { stack: Stack; failpoints: Failpoints; options: DrillOptions }

/** What scenes play in: the load runs from here on. `finish` ends it and adds everything up. */
export function drillWorld({ stack, failpoints, options }: Wanted) {
  const { seed, attemptsPerSecond } = options
  const startedAt = performance.now()
  const beganAt = new Date()
  const report = createReport()
  const tally = createTally()
  const time = createTime()
  const sign = tokenSigner(stack.settings.secrets.jwt)
  const desk = createDesk(stack.addresses.gateway, sign('operator', 'admin'))
  const shop = createShop(stack.addresses.gateway, tally)
  const bank = createBank(stack.addresses.bank)
  const books = createAuditBook(desk, () => report.isStruck('redis'))
  const shared = { shop, desk, bank, tally, time, books, sign }
  const load = startLoad(shared, { random: createRandom(seed + 2), attemptsPerSecond })

  const inside = {
    stack,
    load,
    report,
    failpoints,
    random: createRandom(seed + 3),
    isOver: time.isUp,
    say: (line: string) => {
      const at = ((performance.now() - startedAt) / 1_000).toFixed(1)
      console.error(`${at.padStart(7)} s  ${line}`)
    },
    until: <T>(check: () => Promise<T | undefined | false> | T | undefined | false, wait: Wait) => {
      const found = async () => {
        const value = await check()
        return value === false ? undefined : value
      }
      return waitFor(found, { limitMs: wait.limitMs, what: () => wait.what, time })
    },
    pause: time.pause,
  } satisfies Omit<World, 'strike'>
  const world: World = { ...inside, strike: (blow) => strike(inside, blow) }

  async function finish(run: Omit<RunFacts, 'drillMs'>): Promise<Summary> {
    world.say('no more buyers; waiting until every order has its end')
    report.enter('at rest')
    const audits = await load.rest(world.say)
    const sales = load.sales().map((sale, index) => {
      return { saleId: sale.id, receipts: sale.receipts(), audit: audits[index] }
    })
    const statement = await bank.statement(beganAt, new Date())
    const drillMs = Math.round(performance.now() - startedAt)
    const summary = summarize({
      run: { ...run, drillMs },
      report,
      books,
      receipts: load.receipts(),
      checks: verify({ sales, statement, report }),
      sales: sales.length,
      ...load.counts,
      attempts: tally.attempts(),
      answers: tally.answers,
      answersLost: load.lostAnswers(),
      buyMs: tally.times.buy,
      faults: tally.faults,
      faultCount: tally.faultCount(),
      stoppedBy: time.isUp() ? 'it did not come to rest in time' : undefined,
    })
    time.end()
    await Promise.all([shop.leave(), desk.leave(), bank.leave()])
    return summary
  }
  return { world, finish }
}

type Wait = { limitMs: number; what: string }
