import { check } from 'k6'
import { buy } from './buy.ts'
import { readBuyers } from './buyers.ts'
import { optionsOf, usersFor } from './options.ts'
import { readStatus } from './order.ts'
import { openSale } from './sale.ts'
import { readSettings } from './settings.ts'
import type { Sale } from './told-lines.ts'
import { writeSummary } from './write-summary.ts'

const settings = readSettings('smoke')
const buyers = readBuyers(settings)
const { peakPerSecond, seconds } = settings.sizes

export const options = optionsOf({
  executor: 'constant-arrival-rate',
  rate: peakPerSecond,
  timeUnit: '1s',
  duration: `${seconds}s`,
  ...usersFor(settings),
})

export const setup = (): Sale => openSale(settings)

/** Buys, and asks for the order at once: it is there from the moment of its 202. */
export default function smoke(sale: Sale): void {
  const buyer = buyers.next()
  const orderId = buy(settings, sale, buyer)
  if (orderId === undefined) return
  const status = readStatus(settings, orderId, buyer.token)
  check(status, { 'an accepted order can be read': (is) => is !== undefined })
}

export const handleSummary = (data: unknown) => writeSummary(settings, data)
