import { createRandom } from '@flashsale/simulation/random.ts'
import { createBank } from '../demo/bank.ts'
import { createDesk } from '../demo/desk.ts'
import { createShop } from '../demo/shop.ts'
import { createTally } from '../demo/tally.ts'
import { createTime } from '../demo/time.ts'
import { createAuditBook } from '../drill/audit-book.ts'
import { startLoad } from '../drill/load.ts'
import { verify } from '../drill/verify.ts'
import type { tokenSigner } from '../stack/tokens.ts'
import type { Compose } from './containers.ts'

const seed = 1
const attemptsPerSecond = 40
const awayMs = 2_000
const betweenMs = 4_000

type Wanted = {
  project: Compose
  gateway: string
  bank: string
  sign: ReturnType<typeof tokenSigner>
}

/** `docker kill` of each container in turn, two seconds away each, while buyers come; then the books. */
export async function killEach({ project, sign, ...to }: Wanted) {
  const beganAt = new Date()
  const [tally, time] = [createTally(), createTime()]
  const shop = createShop(to.gateway, tally)
  const desk = createDesk(to.gateway, sign('operator', 'admin'))
  const bank = createBank(to.bank)
  const statement = () => bank.statement(beganAt, new Date())
  const ofBefore = new Set((await statement()).map(({ paymentId }) => paymentId)) // of the same day
  let redisIsBack = true
  const books = createAuditBook(desk, () => !redisIsBack)
  const shared = { shop, desk, bank, tally, time, books, sign }
  const load = startLoad(shared, { random: createRandom(seed), attemptsPerSecond })

  const killed = []
  for (const service of await project.services()) {
    await time.pause(betweenMs)
    redisIsBack = service !== 'redis'
    const startedAt = performance.now()
    await project.kill(service)
    await time.pause(awayMs)
    await project.start(service)
    await project.untilHealthy(service)
    const healthyAfterMs = Math.round(performance.now() - startedAt)
    console.error(`docker kill ${service}: healthy again after ${healthyAfterMs} ms`)
    killed.push({ service, healthyAfterMs, memory: await project.memoryOf(service) })
  }
  await time.pause(betweenMs)
  const audits = await load.rest((line) => console.error(line))
  const sales = load.sales().map((sale, index) => {
    return { saleId: sale.id, receipts: sale.receipts(), audit: audits[index] }
  })
  const lines = await statement()
  const ours = lines.filter(({ paymentId }) => !ofBefore.has(paymentId))
  const report = { forgotten: new Set<string>(), recorded: new Set<string>() }
  const checks = verify({ sales, statement: ours, report })
  time.end()
  await Promise.all([shop.leave(), desk.leave(), bank.leave()])
  for (const check of checks.filter(({ holds }) => !holds)) {
    console.error(`does not hold: ${check.what}: ${check.left}, ${check.right}`)
  }
  const receipts = load.receipts().length
  const passed = checks.every(({ holds }) => holds) && books.counts.inexact === 0
  return { passed, killed, sales: sales.length, receipts, audits: books.counts, checks }
}
