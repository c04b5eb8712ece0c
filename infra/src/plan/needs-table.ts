import { whole } from '../bench/cells.ts'
import { table } from '../demo/tables.ts'
import { forConnections, type Replicas, rules } from './needs.ts'
import type { PlanSummary } from './summary.ts'

const mib = (value: number) => `${whole(value)} MiB`
const percent = (share: number) => `${(100 * share).toFixed(0)} %`

/** What is taken for granted, what is needed, and what this program can not do today. */
export function needsTable(summary: PlanSummary): string {
  return [assumptions(summary), sizes(summary), underneath(summary)].join('\n\n')
}

function assumptions({ wanted, plan }: PlanSummary): string {
  const { rates, attempts, rushSeconds } = plan
  const { buyers, stock, firstSecondShare, retries, paidShare } = wanted
  const peak = rates.accepted + rates.refused
  const rows = [
    [
      'attempts in the busiest second',
      whole(peak),
      `--target, or ${percent(firstSecondShare)} of ${whole(buyers)} buyers (--first-second)`,
    ],
    [
      'of these accepted',
      whole(rates.accepted),
      'all of the stock, if there are as many attempts (--stock)',
    ],
    [
      'attempts in all',
      whole(attempts),
      `each buyer ${1 + retries} times (--retries ${retries}): a rush of ${rushSeconds.toFixed(0)} s`,
    ],
    [
      'orders a second',
      whole(rates.orders),
      `all of ${whole(stock)} in ${wanted.ordersWithinSeconds} s (--orders-within)`,
    ],
    [
      'payments a second',
      whole(rates.payments),
      `${percent(paidShare)} (--paid) in ${wanted.paidWithinSeconds} s (--paid-within)`,
    ],
    [
      'connections of a gateway',
      whole(wanted.connectionsEach),
      'at most, and each buyer keeps one (--connections)',
    ],
    ['CPU used at most', percent(wanted.headroom), '--headroom'],
    ['a core there, of one here', wanted.coreSpeed.toFixed(2), '--core'],
  ]
  return table(['taken for granted', 'is', 'by'], rows)
}

function sizes({ plan, wanted }: PlanSummary): string {
  const { services, redis, databases, kafka, bank } = plan
  const service = ({ name, replicas, cores, load, memoryMiB }: Replicas) => [
    name,
    replicas === undefined ? 'can not' : whole(replicas),
    'replicas of one core',
    cores.toFixed(2),
    percent(load),
    mib(memoryMiB),
    why(name, replicas),
  ]
  const why = (name: string, replicas: number | undefined) => {
    if (name === 'gateway' && replicas === forConnections(wanted)) return 'for its connections'
    return replicas === rules.replicasMin ? `never fewer than ${rules.replicasMin}` : ''
  }
  const database = ({ name, cores, connections }: (typeof databases)[number]) => {
    const isTooMuch = cores > wanted.serverCores
    const shared = isTooMuch
      ? `MISSED: more than a server of ${wanted.serverCores}, and sharding is not built`
      : ''
    const size = `server of ${whole(Math.max(1, Math.ceil(cores)))} core(s)`
    const used = cores * wanted.headroom
    return [
      `Postgres: ${name}`,
      '1',
      size,
      used.toFixed(2),
      '',
      '',
      shared || `max_connections ≥ ${connections}`,
    ]
  }
  const rows = [
    ...services.map(service),
    [
      'Redis',
      redis.replicas === undefined ? 'can not' : whole(redis.replicas),
      'shards of one core',
      redis.cores.toFixed(2),
      percent(redis.load),
      mib(redis.memoryMiB),
      redis.replicas === 1 ? 'and a replica of it' : 'MISSED: one sale lives on one shard today',
    ],
    ...databases.map(database),
    [
      'Kafka',
      whole(kafka.brokers),
      `brokers of ${Math.max(1, Math.ceil(kafka.cores))} core(s)`,
      (kafka.cores * wanted.headroom).toFixed(2),
      '',
      '',
      `${kafka.partitions} partitions a topic; each broker writes all of it, as a copy`,
    ],
    ['the bank', '', 'not ours', (bank.cores * wanted.headroom).toFixed(2), '', '', ''],
  ]
  const head = ['needed', 'how many', 'of what', 'cores used', 'each at', 'memory each', '']
  return table(head, rows)
}

function underneath({ plan, wanted, memory, wire, wal }: PlanSummary): string {
  const { rates, redis } = plan
  const { accepted, refused } = wire
  const bitsOf = (of: 'request' | 'answer') =>
    ((rates.accepted * accepted[of] + rates.refused * refused[of]) * 8) / 1e9
  const peak = rates.accepted + rates.refused
  return [
    `one sale is one shard: it accepts at most ${whole(redis.oneSalePerSecond)} attempts/s at ${percent(wanted.headroom)} of a core, and so ` +
      `${whole(wanted.stock)} units in ${whole(redis.stockMs)} ms, in which ${whole((peak * redis.stockMs) / 1_000)} attempts come and wait; sold out, none asks it any more`,
    'cutting a sale into segments, each on a shard of its own, and sharding orders come later (DESIGN, Scale): neither is built',
    `network at the gateways: ${bitsOf('request').toFixed(2)} Gbit/s in, ${bitsOf('answer').toFixed(2)} out ` +
      `(${whole(accepted.request)} + ${whole(accepted.answer)} bytes an accepted attempt, ${whole(refused.request)} + ${whole(refused.answer)} a refused one; no TLS, no TCP)`,
    `Postgres writes ${whole(wal.order)} bytes of log an order and ${whole(wal.payment)} a payment: ` +
      `${((rates.orders * wal.order + rates.payments * wal.payment) / 1e6).toFixed(1)} MB/s in all`,
    `memory measured: ${whole(memory.holdBytes)} bytes of Redis a hold, ${whole(memory.tokenBytes)} bytes of the gateway a known token ` +
      `(at most ${whole(rules.tokensKnownMax)} of them), ${whole(memory.connectionBytes)} a connection; ${rules.buyerBytes} a buyer of a sold-out sale is the code's own figure`,
    `pools: inventory 12, order 14, payment 10 connections a replica, and ${rules.connectionsSpare} spare`,
  ].join('\n')
}
