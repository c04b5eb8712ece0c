import { buyPath, openSale, redisBytes, retire, whileLedgerWaits } from './bench-sale.ts'
import { checkBooks, ordersExist } from './books.ts'
import { buyRequest, getRequest, type LoadReport } from './load/load.ts'
import { costBetween, type RedisCost, redisCost } from './redis-cost.ts'
import { ThrownAway } from './thrown-away.ts'
import { onTheRoad, type Prepared, type Setting, type Variant } from './variants.ts'
import type { World } from './world.ts'

const yes = { status: 202, text: '"accepted"' }
const warmUpMaxMs = 60_000
const lookEveryMs = 250
const seenMax = 90_000 // tokens that a gateway surely still knows when it has seen the last of them

export const seenName = 'accepted, token seen before'
export const wholeRoadName = 'accepted, and all behind it at work'

type Way = {
  tokens: 'seen' | 'new'
  /** `waits`: only intake works. `works`: ledger, Kafka and orders go on beside it. */
  ledger: 'waits' | 'works'
  /** Each attempt with an idempotency key of its own, as a shop would send it. */
  keyed?: true
  fsync?: 'always'
}

export function acceptedVariants(setting: Pick<Setting, 'world'>): Variant[] {
  const variant = (name: string, way: Way, aims?: Variant['aims']): Variant => ({
    name,
    ...(aims && { aims }),
    prepare: ({ requests }) => prepare(setting, way, requests),
  })
  return [
    variant(seenName, { tokens: 'seen', ledger: 'waits' }, { rate: 0.5, cpu: 2.2, rateOfW: 2.5 }),
    variant(
      'accepted, first sight of its token',
      { tokens: 'new', ledger: 'waits' },
      { rate: 0.4, rateOfW: 2.5 },
    ),
    variant('accepted, with a key', { tokens: 'seen', ledger: 'waits', keyed: true }),
    variant('accepted, appendfsync always', {
      tokens: 'seen',
      ledger: 'waits',
      fsync: 'always',
    }),
    variant(wholeRoadName, { tokens: 'seen', ledger: 'works' }),
  ]
}

let spans = 0

/** Distinct buyers, one attempt each. */
async function prepare(
  { world }: Pick<Setting, 'world'>,
  way: Way,
  wanted: number,
): Promise<Prepared> {
  const span = ++spans
  const count = way.tokens === 'seen' ? Math.min(wanted, seenMax) : wanted
  const saleId = await openSale(world, count + 1) // never sold out: it stays what is measured
  const tokens = Array.from({ length: count }, (_, i) => world.sign(`b-${span}-${i}`))
  if (way.tokens === 'seen') await showTokens(world, tokens)
  let redis: RedisCost | undefined
  const around: Around = async (run) => {
    const before = await redisCost(world.redis)
    const report = await run()
    redis = costBetween(before, await redisCost(world.redis), report.expected)
    return report
  }
  const synced: Around = (run) => (way.fsync ? withFsync(world, way.fsync, run) : run())
  const { ledger } = way
  return {
    port: world.gatewayPort,
    requests: tokens.map((token, i) => {
      return buyRequest({ path: buyPath(saleId), token, ...(way.keyed && { key: `key-${i}` }) })
    }),
    expect: yes,
    processes: world.processes(),
    ...(ledger === 'waits' && { charged: onTheRoad }),
    around: (run) =>
      ledger === 'waits'
        ? whileLedgerWaits(world, [saleId], () => around(() => synced(run)))
        : synced(run),
    ...(ledger === 'works' && {
      until: ({ accepted }: LoadReport) => ordersExist(world, saleId, accepted.length, lookEveryMs),
    }),
    check: async (report) => {
      const holds = report.accepted.length
      await checkBooks(world, saleId, report)
      const bytes = await redisBytes(world, saleId)
      await retire(world, saleId)
      return { ...(redis && { redis }), redisBytes: bytes / holds }
    },
  }
}

type Around = (run: () => Promise<LoadReport>) => Promise<LoadReport>

/** Each token once on a call that only looks at it. */
export async function showTokens(world: World, tokens: readonly string[]): Promise<void> {
  const report = await world.generator.run({
    port: world.gatewayPort,
    requests: tokens.map((token) => getRequest('/v1/orders/none', token)),
    connections: world.plan.connections,
    spanMs: warmUpMaxMs,
    expect: { status: 404 },
  })
  if (report.expected < tokens.length) {
    throw new ThrownAway(`tokens were not known: ${JSON.stringify(report.others)}`)
  }
}

async function withFsync<T>({ redis }: World, fsync: 'always', work: () => Promise<T>) {
  await redis.config('SET', 'appendfsync', fsync)
  try {
    return await work()
  } finally {
    await redis.config('SET', 'appendfsync', 'everysec')
  }
}
