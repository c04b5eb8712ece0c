import { buy } from './buy.ts'
import { readBuyers } from './buyers.ts'
import { optionsOf, usersFor } from './options.ts'
import { openSale } from './sale.ts'
import { readSettings } from './settings.ts'
import type { Sale } from './told-lines.ts'
import { writeSummary } from './write-summary.ts'

const settings = readSettings('soak')
const buyers = readBuyers(settings)
const { peakPerSecond, seconds } = settings.sizes

/** A steady rate; nobody pays, so that the units come back and are sold again all the time. */
export const options = optionsOf({
  executor: 'constant-arrival-rate',
  rate: peakPerSecond,
  timeUnit: '1s',
  duration: `${seconds}s`,
  ...usersFor(settings),
})

export const setup = (): Sale => openSale(settings)

export default function soak(sale: Sale): void {
  buy(settings, sale, buyers.next())
}

export const handleSummary = (data: unknown) => writeSummary(settings, data)
