import { parseArgs } from 'node:util'
import { writable } from '../demo/options.ts'
import { UsageError } from '../plain-error.ts'
import { readCount, readNumber, readRate, readShare } from './quantity.ts'

/** The sale that is planned for, and what is taken for granted about its buyers and machines. */
export type Wanted = {
  attemptsPerSecond: number
  buyers: number
  stock: number
  /** Of all buyers, those who try in the first second. */
  firstSecondShare: number
  /** Further attempts of a buyer after the first. */
  retries: number
  /** Of all orders. */
  paidShare: number
  /** In so many seconds after the last unit every 202 is an order; and most of them are paid. */
  ordersWithinSeconds: number
  paidWithinSeconds: number
  /** Of a core, or of a server's cores: what a plan may use. */
  headroom: number
  /** What a core there does, of what one of this machine's does. */
  coreSpeed: number
  /** Of a database server. */
  serverCores: number
  /** That one gateway may hold; each buyer keeps one. */
  connectionsEach: number
}

export type PlanOptions = { wanted: Wanted; json: string | undefined }

const text = { type: 'string' } as const
const options = {
  target: text,
  buyers: text,
  stock: text,
  'first-second': { ...text, default: '10%' },
  retries: { ...text, default: '1' },
  paid: { ...text, default: '90%' },
  'orders-within': { ...text, default: '5' },
  'paid-within': { ...text, default: '60' },
  headroom: { ...text, default: '60%' },
  core: { ...text, default: '1' },
  'server-cores': { ...text, default: '16' },
  connections: { ...text, default: '50k' },
  json: text,
} as const

export function readPlanOptions(args: string[]): PlanOptions {
  const { values } = parseArgs({ args, options })
  const seconds = { min: 1, max: 3_600 }
  return {
    wanted: {
      attemptsPerSecond: readRate('target', given('target', values.target)),
      buyers: readCount('buyers', given('buyers', values.buyers)),
      stock: readCount('stock', given('stock', values.stock)),
      firstSecondShare: readShare('first-second', values['first-second'], { min: 0, max: 1 }),
      retries: readNumber('retries', values.retries, { min: 0, max: 100 }),
      paidShare: readShare('paid', values.paid, { min: 0, max: 1 }),
      ordersWithinSeconds: readNumber('orders-within', values['orders-within'], seconds),
      paidWithinSeconds: readNumber('paid-within', values['paid-within'], seconds),
      headroom: readShare('headroom', values.headroom, { min: 0.1, max: 0.95 }),
      coreSpeed: readNumber('core', values.core, { min: 0.1, max: 10 }),
      serverCores: readNumber('server-cores', values['server-cores'], { min: 1, max: 1_024 }),
      connectionsEach: readCount('connections', values.connections),
    },
    json: values.json === undefined ? undefined : writable(values.json),
  }
}

function given(name: string, value: string | undefined): string {
  if (value !== undefined) return value
  throw new UsageError(
    `--${name} is missing: ./dev plan --target 100000/s --buyers 1M --stock 5000`,
  )
}
