import type { Audit } from '@flashsale/contracts/http/audit.ts'
import type { Receipt } from '../demo/receipts.ts'

/** One sale of the load, from its opening until every order of it has ended. */
export type SalePlayed = {
  id: string
  receipts(): Receipt[]
  audit(): Promise<Audit | undefined>
}

/** Sale after sale, two at a time, with buyers who come at a steady rate whatever happens. */
export type Load = {
  /** Nobody comes any more; who has units goes on. */
  pause(): void
  resume(): void
  /** The sales that buyers are sent to now. */
  open(): SalePlayed[]
  /** A sale that opened just now, with more units than its buyers will want for some seconds. */
  freshSale(): Promise<SalePlayed>
  /** Every 202 of all sales until now. */
  receipts(): Receipt[]
  /** 202 that buyers got until now, repeats among them. */
  answered(): number
  /** Requests to buy that got no answer, or `unconfirmed`. */
  lostAnswers(): number
  /**
   * Closes every sale and waits until nothing is held or on its way, the bank agrees about the money,
   * and every receipt was asked for its end. The final audits; the drill fails when one is not exact.
   */
  rest(): Promise<Audit[]>
}
