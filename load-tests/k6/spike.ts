import { buy } from './buy.ts'
import { readBuyers } from './buyers.ts'
import { optionsOf, usersFor } from './options.ts'
import { openSale } from './sale.ts'
import { readSettings } from './settings.ts'
import type { Sale } from './told-lines.ts'
import { writeSummary } from './write-summary.ts'

const settings = readSettings('spike')
const buyers = readBuyers(settings)
const { peakPerSecond, seconds } = settings.sizes

/** From nobody to the peak in one second, whatever the answers take. */
export const options = optionsOf({
  executor: 'ramping-arrival-rate',
  startRate: 0,
  timeUnit: '1s',
  stages: [
    { target: peakPerSecond, duration: '1s' },
    { target: peakPerSecond, duration: `${Math.max(1, seconds - 1)}s` },
  ],
  ...usersFor(settings),
})

export const setup = (): Sale => openSale(settings)

export default function spike(sale: Sale): void {
  buy(settings, sale, buyers.next())
}

export const handleSummary = (data: unknown) => writeSummary(settings, data)
