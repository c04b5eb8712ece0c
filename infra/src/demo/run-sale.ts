import { type Audits, createAudits } from './audits.ts'
import { createBank } from './bank.ts'
import { type Cast, paymentWindowSeconds, perBuyerLimit, priceMinor } from './cast.ts'
import { createCountdown } from './countdown.ts'
import { type Check, crossCheck } from './cross-check.ts'
import { createDesk, type Desk } from './desk.ts'
import { type Display, type Screen, startDisplay } from './display.ts'
import { createLagProbe } from './lag.ts'
import { createProgress, snapshotOf } from './progress.ts'
import { createReceipts } from './receipts.ts'
import { type Played, playSale } from './sale-script.ts'
import { createShop } from './shop.ts'
import type { Stage } from './stage.ts'
import { createTally } from './tally.ts'
import { createTime } from './time.ts'
import { createWaiters } from './waiters.ts'

const opensInMs = 3_000
const lastsMs = 10 * 60_000
const saleMaxMs = 240_000 // each wait has its own, shorter limit: this one is for what nobody thought of

type Wanted = {
  gateway: string
  bank: string
  sign: (user: string, role?: 'buyer' | 'admin') => string
  cast: Cast
  title: string
  screen: Screen
}

/** Plays one sale and gathers what came of it, also when it was stopped on the way. */
export async function runSale({ sign, cast, title, ...to }: Wanted) {
  const tally = createTally()
  const shop = createShop(to.gateway, tally)
  const desk = createDesk(to.gateway, sign('operator', 'admin'))
  const bank = createBank(to.bank)
  const receipts = createReceipts(createLagProbe(shop, tally))
  receipts.setStock(cast.stock)
  const time = createTime()
  const late = setTimeout(time.end, saleMaxMs)
  to.screen.interrupted.addEventListener('abort', time.end, { once: true })
  const startedAt = performance.now()
  const progress = createProgress()
  let audits: Audits | undefined
  let display: Display | undefined
  let played: Played | undefined
  let stoppedBy: string | undefined
  try {
    const { saleId, opensAt } = await schedule(desk, cast)
    const frontRow = createCountdown(cast.buyers.filter(({ row }) => row === 'front').length)
    const common = { frontRow, shop, desk, bank, tally, receipts, waiters: createWaiters(), sign }
    const stage: Stage = { saleId, opensAt, time, ...common }
    audits = createAudits({
      read: async () => {
        try {
          return await desk.audit(saleId)
        } catch (error) {
          tally.fault(`an audit failed: ${messageOf(error)}`)
          return undefined
        }
      },
      opensAt,
      when: progress.when,
      onInexact: (books) => display?.say(`an audit is not exact: ${JSON.stringify(books)}`),
    })
    const sources = { stage, audits, progress, cast }
    display = startDisplay(to.screen, title, () => snapshotOf(sources))
    played = await playSale({ ...sources })
  } catch (error) {
    stoppedBy = messageOf(error)
  }
  clearTimeout(late)
  time.end()
  if (!to.screen.interrupted.aborted) display?.stop()
  await Promise.all([shop.leave(), desk.leave(), bank.leave()])
  const all = receipts.all()
  const checks: Check[] = played ? crossCheck({ receipts: all, ...played }) : []
  return {
    tally,
    receipts: all,
    answers202: receipts.answers(),
    audits: audits ?? noAudits,
    books: played?.audit ?? audits?.last(),
    checks,
    stoppedBy,
    saleMs: Math.round(performance.now() - startedAt),
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
const noAudits = {
  notes: [],
  inexact: [],
  unanswered: () => 0,
  inRush: () => 0,
  whileAsking: () => 0,
}

async function schedule(desk: Desk, cast: Cast) {
  const opensAt = performance.now() + opensInMs
  const opening = Date.now() + opensInMs
  const { id, state } = await desk.createSale({
    title: 'Phone, one day only',
    sku: 'PHONE-1',
    priceMinor,
    currency: 'CNY',
    stock: cast.stock,
    perBuyerLimit,
    opensAt: new Date(opening).toISOString(),
    closesAt: new Date(opening + lastsMs).toISOString(),
    paymentWindowSeconds,
    admission: { mode: 'direct' },
  })
  if (state !== 'scheduled') throw new Error(`a sale to come is ${state}, not scheduled`)
  return { saleId: id, opensAt }
}
