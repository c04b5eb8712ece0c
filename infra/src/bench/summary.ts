import type { Machine } from '../machine.ts'
import type { HotFigure } from './hot-figures.ts'
import type { Sample } from './hot-path.ts'

/** What goes into the JSON. A part that was not asked for is missing. */
export type Summary = {
  commit: string
  command: string
  date: string
  machine: Machine
  quick: boolean
  tookMs: number
  hot?: { figures: HotFigure[]; rounds: { name: string; samples: Sample[] }[] }
}
