import { buy } from './buy.ts'
import { readBuyers } from './buyers.ts'
import { optionsOf, usersFor } from './options.ts'
import { pay } from './order.ts'
import { openSale } from './sale.ts'
import { readSettings } from './settings.ts'
import type { Sale } from './told-lines.ts'
import { writeSummary } from './write-summary.ts'

const settings = readSettings('payments')
const buyers = readBuyers(settings)
const { peakPerSecond, seconds } = settings.sizes

export const options = optionsOf({
  executor: 'constant-arrival-rate',
  rate: peakPerSecond,
  timeUnit: '1s',
  duration: `${seconds}s`,
  gracefulStop: '30s', // who has units goes on to pay
  ...usersFor(settings),
})

export const setup = (): Sale => openSale(settings)

/** One whole purchase: units, checkout, the bank's word, paid. */
export default function payments(sale: Sale): void {
  const buyer = buyers.next()
  const orderId = buy(settings, sale, buyer)
  if (orderId !== undefined) pay(settings, orderId, buyer.token)
}

export const handleSummary = (data: unknown) => writeSummary(settings, data)
