import { z } from 'zod'
import type { BankWord } from './payment-state.ts'

const MINOR_MAX = Number.MAX_SAFE_INTEGER
const Name = z.string().regex(/^[\x20-\x7e]{1,100}$/) // Postgres would not take a NUL
const rest = { callbackId: z.string().optional(), paymentId: Name }
const Money = z.object({
  ...rest,
  state: z.literal('captured'),
  amountMinor: z.int().positive().max(MINOR_MAX),
  currency: z.string().default(''),
})
const NoMoney = z.object({ ...rest, state: z.enum(['declined', 'expired']) })
const BankMessage = z.discriminatedUnion('state', [Money, NoMoney])
const Addressed = z.object({ paymentId: Name })
const Guid = z.guid()

export type BankMessage = {
  paymentId: string
  word: BankWord
  amountMinor: number // 0 unless captured
  currency: string // '' when it says none: then it is the payment's own
}

/** Undefined when we can make nothing of it. Fields we don't know are left alone. */
export function readBankMessage(body: Buffer): BankMessage | undefined {
  const { data } = BankMessage.safeParse(parsed(body))
  if (!data) return undefined
  const money = data.state === 'captured' ? data : { amountMinor: 0, currency: '' }
  const { amountMinor, currency } = money
  return { paymentId: data.paymentId.toLowerCase(), word: data.state, amountMinor, currency }
}

/** The payment that a body names, if it names one, whatever else is wrong with it. */
export function addressee(body: Buffer): string | undefined {
  return Addressed.safeParse(parsed(body)).data?.paymentId.toLowerCase()
}

/** False for an id that can't be one of ours: it is not asked of the database. */
export const canBePaymentId = (text: string) => Guid.safeParse(text).success

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
