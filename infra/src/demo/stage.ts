import type { Bank } from './bank.ts'
import type { Countdown } from './countdown.ts'
import type { Desk } from './desk.ts'
import type { Receipts } from './receipts.ts'
import type { Shop } from './shop.ts'
import type { Tally } from './tally.ts'
import type { Time } from './time.ts'
import type { Waiters } from './waiters.ts'

/** What every buyer of one sale shares. */
export type Stage = {
  saleId: string
  /** On the clock of performance.now(). */
  opensAt: number
  shop: Shop
  desk: Desk
  bank: Bank
  tally: Tally
  receipts: Receipts
  /** Counts the front row's first answers. */
  frontRow: Countdown
  waiters: Waiters
  sign: (user: string) => string
  /** Up when the demo ends or gives up: whoever waits stops waiting. */
  time: Time
}
