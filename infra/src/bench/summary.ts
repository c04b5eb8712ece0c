import type { Machine } from '../machine.ts'
import type { CpuTimes } from './cpu.ts'
import type { GrowthFigure } from './growth.ts'
import type { HotFigure } from './hot-figures.ts'
import type { Measurement } from './hot-path.ts'
import type { LatencyFigure } from './latency.ts'
import type { LedgerFigure } from './ledger-rate.ts'
import type { PeakFigure } from './peak.ts'
import type { RoadFigure } from './road.ts'
import type { TracesFigure } from './traces.ts'

/** What was measured. A part that was not asked for is missing. */
export type Measured = {
  /** `idleCpu`: what the system takes while nobody asks, as shares of a core. */
  hot?: { figures: HotFigure[]; idleCpu: CpuTimes; rounds: Measurement[] }
  latency?: LatencyFigure[]
  ledger?: LedgerFigure
  road?: RoadFigure
  peak?: PeakFigure
  growth?: GrowthFigure[]
  traces?: TracesFigure[]
}

/** What goes into the JSON. */
export type Summary = Measured & {
  commit: string
  command: string
  date: string
  machine: Machine
  quick: boolean
  tookMs: number
}
