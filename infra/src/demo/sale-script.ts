import type { Audit } from '@flashsale/contracts/http/audit.ts'
import { askReceipts } from './ask-receipts.ts'
import { type Audits, rushAuditsMin } from './audits.ts'
import type { StatementLine } from './bank.ts'
import { type Buyer, type Cast, rushMs } from './cast.ts'
import { type Countdown, createCountdown } from './countdown.ts'
import { waitFor } from './deadline.ts'
import { endPurchase } from './end-purchase.ts'
import type { Progress } from './progress.ts'
import type { Stage } from './stage.ts'
import { comeAgain, comeFirst, letFrontRowIn } from './ways.ts'

const comebacksMax = 5
const restockAfterRushMs = 1_500
const waveMs = 3_500 // the restock's own rush; after it those who wait go home
const rushWithinMs = 60_000
const resoldWithinMs = 20_000
const auditsWithinMs = 20_000
const withdrawWithinMs = 15_000
const buyersWithinMs = 45_000
const restWithinMs = 20_000
const receiptsWithinMs = 20_000

type Script = { stage: Stage; cast: Cast; audits: Audits; progress: Progress }
export type Played = { audit: Audit; statement: StatementLine[] }

/** From a scheduled sale to its last end. Who waits too long is told for what. */
export async function playSale(script: Script): Promise<Played> {
  const { stage, cast, audits, progress } = script
  const { desk, saleId, waiters, time, tally } = stage
  const rushing = createCountdown(cast.buyers.length)
  const buyers = Promise.all(cast.buyers.map((buyer) => play(stage, buyer, rushing)))
  await time.pause(stage.opensAt - performance.now())

  progress.enter('rush')
  const running = audits.run(time)
  const watching = waiters.watch(() => desk.saleState(saleId), time)
  await time.pause(rushMs)
  await waitFor(() => rushing.left() === 0 || undefined, {
    limitMs: rushWithinMs,
    what: () => `the first answers to ${rushing.left()} buyers`,
    time,
  })

  progress.enter('after the rush')
  await waitFor(() => stage.receipts.unitsResold() > 0 || undefined, {
    limitMs: resoldWithinMs,
    what: () => 'units to come back and be sold again',
    time,
  })
  await time.pause(restockAfterRushMs)
  progress.enter('restock')
  const unitsBefore = stage.receipts.unitsAccepted()
  stage.receipts.setStock(cast.stock + cast.restock)
  await desk.restock(saleId, cast.restock)
  waiters.restocked()
  await time.pause(waveMs)
  await waitFor(() => audits.whileAsking() >= rushAuditsMin || undefined, {
    limitMs: auditsWithinMs,
    what: () => `${rushAuditsMin} audits while buyers ask, there are ${audits.whileAsking()}`,
    time,
  })
  waiters.goHome()

  progress.enter('last payments')
  await withdraw(script)
  await desk.close(saleId)
  progress.enter('closed')
  await allDone(script, buyers)
  tally.seen('resold', stage.receipts.unitsResold())
  tally.seen('restock', stage.receipts.unitsAccepted() - unitsBefore)
  await watching
  audits.stop()
  await running
  const rest = await comeToRest(script)

  progress.enter('asking every receipt')
  await ends(script)
  return { ...rest, audit: await lastAudit(script) }
}

async function play(stage: Stage, buyer: Buyer, rushing: Countdown): Promise<void> {
  const { waiters, time } = stage
  const purchases: Promise<void>[] = []
  try {
    let isSoldOut = true
    if (buyer.waitsFor !== 'only-restock') {
      await time.pause(stage.opensAt + buyer.arrivesMs - performance.now())
      if (buyer.row === 'crowd' && buyer.way !== 'too-early') await letFrontRowIn(stage)
      const first = await comeFirst(stage, buyer)
      purchases.push(...first.receipts.map((receipt) => endPurchase(stage, receipt)))
      isSoldOut = first.isSoldOut
    }
    if (buyer.row === 'front') stage.frontRow.count()
    rushing.count()
    for (let times = 1; isSoldOut && times <= comebacksMax && !time.isUp(); times++) {
      if (!(await waiters.turn(buyer.waitsFor))) break
      const again = await comeAgain(stage, buyer, times)
      purchases.push(...again.receipts.map((receipt) => endPurchase(stage, receipt)))
      isSoldOut = again.isSoldOut
    }
    await Promise.all(purchases)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    stage.tally.fault(`${buyer.name} (${buyer.way}, ${buyer.plan}) was stopped by: ${why}`)
  }
}

/** What the last abandoners give back is not sold again: the operator takes it out. */
async function withdraw({ stage, cast, audits }: Script): Promise<void> {
  const { desk, saleId, time, tally } = stage
  const { withdraw: units } = cast
  const isTaken = async () => {
    const isThere = (audits.last()?.available ?? 0) >= units
    return (isThere && (await desk.withdraw(saleId, units))) || undefined
  }
  await waitFor(isTaken, {
    limitMs: withdrawWithinMs,
    what: () => `${units} units to come back, there are ${audits.last()?.available}`,
    time,
  })
  tally.seen('withdrawn', units)
}

async function allDone({ stage }: Script, buyers: Promise<unknown>): Promise<void> {
  let done = false
  void buyers.then(() => {
    done = true
  })
  const left = () => stage.receipts.all().filter(({ end }) => !end)
  await waitFor(() => done || undefined, {
    limitMs: buyersWithinMs,
    what: () => `the buyers of ${left().length} orders: ${nameSome(left())}`,
    time: stage.time,
  })
}

const nameSome = (receipts: { orderId: string | undefined; seen?: string }[]) =>
  receipts
    .slice(0, 5)
    .map(({ orderId, seen }) => `${orderId} ${seen ?? 'never seen'}`)
    .join(', ')

/** Nothing held, nothing on its way, and the bank agrees about the money. */
async function comeToRest({ stage, audits }: Script): Promise<Played> {
  const startedAt = new Date(Date.now() - (performance.now() - stage.opensAt))
  let seen = ''
  const check = async (): Promise<Played | undefined> => {
    const statement = await stage.bank.statement(startedAt, new Date())
    const audit = await audits.audit()
    if (!audit) return undefined
    const { held, inFlight, available, money, exact } = audit
    const sum = (kind: StatementLine['kind']) =>
      statement.reduce((minor, line) => minor + (line.kind === kind ? line.amountMinor : 0), 0)
    const captured = money.capturedMinor === sum('capture')
    const refunded = money.refundedMinor === sum('refund')
    const settled = money.toBeRefundedMinor + money.settlingMinor === 0
    seen = JSON.stringify({ held, inFlight, available, exact, captured, refunded, settled })
    const isQuiet = held + inFlight + available === 0
    return isQuiet && exact && captured && refunded && settled ? { audit, statement } : undefined
  }
  const what = () => `the books to come to rest, which say ${seen}`
  return await waitFor(check, { limitMs: restWithinMs, what, time: stage.time })
}

async function ends({ stage, progress }: Script): Promise<void> {
  const left = () => stage.receipts.all().filter(({ end }) => !end)
  let done = false
  const asking = askReceipts(stage, progress.asked).then(() => {
    done = true
  })
  await waitFor(() => done || undefined, {
    limitMs: receiptsWithinMs,
    what: () => `an end of ${left().length} receipts: ${nameSome(left())}`,
    time: stage.time,
  })
  await asking
}

async function lastAudit({ stage, audits }: Script): Promise<Audit> {
  const what = () => 'the last audit'
  const wait = { limitMs: restWithinMs, what, time: stage.time }
  return await waitFor(() => audits.audit(), wait)
}
