import type { Audit } from '@flashsale/contracts/http/audit.ts'
import { createDesk, type Desk } from '../demo/desk.ts'
import { createShop } from '../demo/shop.ts'
import { createTally } from '../demo/tally.ts'
import { createTime, type Time } from '../demo/time.ts'
import { isAtRest } from '../drill/sale-run.ts'
import { askEnds, type Ends } from './ask-ends.ts'
import type { Receipt } from './told.ts'

const restWithinMs = 120_000
const msForEachReceipt = 10
const lookEveryMs = 500
const sayEveryMs = 5_000

type Wanted = {
  url: string
  adminToken: string
  tokens: readonly string[]
  saleId: string
  receipts: readonly Receipt[]
  paymentWindowSeconds: number
}
export type Settled = Ends & {
  receipts: number
  /** The last one; undefined when the books could not be read. */
  audit: Audit | undefined
  isAtRest: boolean
  faults: string[]
}

/** Closes the sale, waits until nothing is held or on its way, asks for each 202, and reads the books. */
export async function settle(wanted: Wanted): Promise<Settled> {
  const { url, adminToken, tokens, saleId, receipts, paymentWindowSeconds } = wanted
  const desk = createDesk(url, adminToken)
  const tally = createTally()
  const shop = createShop(url, tally)
  const time = createTime()
  const withinMs = paymentWindowSeconds * 1_000 + restWithinMs + receipts.length * msForEachReceipt
  const late = setTimeout(time.end, withinMs)
  let doing = 'closing the sale'
  const saying = setInterval(() => console.error(doing), sayEveryMs)
  try {
    await close(desk, saleId, time)
    await untilRest(desk, saleId, time, (what) => {
      doing = what
    })
    let left = receipts.length
    const ends = await askEnds({ shop, saleId, tokens, time }, receipts, () => {
      doing = `asking for the end of ${--left} orders`
    })
    const audit = await lastAudit(desk, saleId, time)
    const atRest = isAtRest(audit)
    return { ...ends, receipts: receipts.length, audit, isAtRest: atRest, faults: tally.faults }
  } finally {
    clearTimeout(late)
    clearInterval(saying)
    time.end()
    await Promise.all([desk.leave(), shop.leave()])
  }
}

async function close(desk: Desk, saleId: string, time: Time): Promise<void> {
  while (true) {
    try {
      return await desk.close(saleId)
    } catch (error) {
      if (time.isUp()) throw error
      await time.pause(lookEveryMs)
    }
  }
}

async function untilRest(
  desk: Desk,
  saleId: string,
  time: Time,
  say: (what: string) => void,
): Promise<void> {
  while (!time.isUp()) {
    const audit = await desk.audit(saleId)
    if (isAtRest(audit)) return
    const { held = '?', inFlight = '?' } = audit ?? {}
    say(`waiting until the unpaid orders have ended: ${held} units held, ${inFlight} in flight`)
    await time.pause(lookEveryMs)
  }
}

async function lastAudit(desk: Desk, saleId: string, time: Time): Promise<Audit | undefined> {
  do {
    const audit = await desk.audit(saleId)
    if (audit) return audit
    await time.pause(lookEveryMs)
  } while (!time.isUp())
  return undefined
}
