import type { Machine } from '../machine.ts'
import type { Compared, Costs } from './costs.ts'
import type { MeasuredStep } from './measure-step.ts'
import type { Memory } from './memory.ts'
import type { Plan } from './needs.ts'
import type { Wanted } from './options.ts'

export const errorMax = 0.15

export type HeldOut = { step: string; compared: Compared[]; totalError: number }

export type MeasuredPlan = {
  steps: MeasuredStep[]
  /** CPU by process, in microseconds. */
  costs: Record<string, Costs>
  heldOut: HeldOut[]
  memory: Memory
  wire: { accepted: Wire; refused: Wire }
  /** Of Postgres' log, in bytes. */
  wal: { order: number; payment: number }
  paid: number
  accepted: number
}
/** Bytes of one attempt over the network, its answer apart. */
export type Wire = { request: number; answer: number }

/** What goes into the JSON. */
export type PlanSummary = MeasuredPlan & {
  commit: string
  command: string
  date: string
  machine: Machine
  tookMs: number
  wanted: Wanted
  plan: Plan
}
