import { z } from 'zod'

/** Whole minor units of a currency (cents, fen), never a float. */
export const AmountMinor = z.int().positive().max(Number.MAX_SAFE_INTEGER)

/** ISO 4217 code. */
export const Currency = z.string().regex(/^[A-Z]{3}$/)
