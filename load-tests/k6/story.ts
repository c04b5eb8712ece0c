import type { Outcome } from './outcome.ts'
import type { ScriptName, Sizes } from './sizes.ts'
import type { Summary } from './summary.ts'

/** One second of the run, counted from the opening. */
export type Second = {
  second: number
  answers: Partial<Record<Outcome, number>>
  acceptedP99Ms: number | undefined
  soldOutP99Ms: number | undefined
}
/** The sale's books at the end, and what became of each 202. */
export type Books = {
  stock: number
  sold: number
  withdrawn: number
  held: number
  available: number
  oversold: number
  overLimit: number
  exact: boolean
  receipts: number
  ends: Record<string, number>
  withoutEnd: number
}
/** All that the page tells. What only `./dev k6` knows is missing when k6 ran by itself. */
export type Story = {
  script: ScriptName
  sizes: Sizes
  saleId: string
  date: string
  /** What made the load, in its own words. */
  generator: string
  summary: Summary
  machine?: string
  commit?: string
  command?: string
  seconds?: Second[]
  books?: Books
  /** From the opening to the last unit's 202. */
  soldOutAfterMs?: number | undefined
  breaksAt?: string | undefined
}
