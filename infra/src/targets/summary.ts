import type { Machine } from '../machine.ts'
import type { RatesFigure } from './rates.ts'
import type { ScaleFigure } from './scale.ts'

/** What was measured. A part that was not asked for is missing. */
export type MeasuredTargets = { rates?: RatesFigure[]; scale?: ScaleFigure }

/** What goes into the JSON. */
export type TargetsSummary = MeasuredTargets & {
  commit: string
  command: string
  date: string
  machine: Machine
  tookMs: number
}
