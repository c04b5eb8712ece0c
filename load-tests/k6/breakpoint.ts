import { buy } from './buy.ts'
import { readBuyers } from './buyers.ts'
import { optionsOf, usersFor } from './options.ts'
import { openSale } from './sale.ts'
import { readSettings } from './settings.ts'
import { abortingThresholds } from './thresholds.ts'
import type { Sale } from './told-lines.ts'
import { writeSummary } from './write-summary.ts'

const settings = readSettings('breakpoint')
const buyers = readBuyers(settings)
const { peakPerSecond, seconds } = settings.sizes

/** Rises evenly to the peak, and ends where a threshold breaks. */
export const options = optionsOf(
  {
    executor: 'ramping-arrival-rate',
    startRate: 0,
    timeUnit: '1s',
    stages: [{ target: peakPerSecond, duration: `${seconds}s` }],
    ...usersFor(settings),
  },
  abortingThresholds,
)

export const setup = (): Sale => openSale(settings)

export default function breakpoint(sale: Sale): void {
  buy(settings, sale, buyers.next())
}

export const handleSummary = (data: unknown) => writeSummary(settings, data)
