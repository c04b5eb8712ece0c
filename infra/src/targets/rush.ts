import { buyPath, openSale, retire } from '../bench/bench-sale.ts'
import { checkBooks } from '../bench/books.ts'
import { cpuBetween } from '../bench/cpu.ts'
import { ThrownAway } from '../bench/thrown-away.ts'
import type { World } from '../bench/world.ts'
import { answers, rushRequests } from './attempts.ts'
import { type RushFigure, rushFigure } from './rush-figure.ts'
import type { Sizes } from './sizes.ts'

export type Offer = { perSecond: number; spanMs: number; stockSeconds: number }

/** One sale, from its first request until every 202 is an order and its books are exact. */
export async function rush(world: World, sizes: Sizes, offer: Offer): Promise<RushFigure> {
  const { perSecond, spanMs, stockSeconds } = offer
  const offered = Math.floor((perSecond * spanMs) / 1_000)
  const stock = Math.ceil(perSecond * stockSeconds)
  const saleId = await openSale(world, stock)
  const requests = rushRequests({ path: buyPath(saleId), count: offered, sign: world.sign })
  const cpuBefore = world.cpu()
  const startedAt = performance.now()
  const report = await world.generator.run({
    port: world.gatewayPort,
    requests,
    connections: sizes.connections,
    spanMs,
    perSecond,
    whenDue: true,
    expect: { status: 202, text: '"accepted"' },
    kinds: answers,
  })
  const tookMs = performance.now() - startedAt
  const cpu = cpuBetween(cpuBefore, world.cpu())
  const sold = report.accepted.length
  if (sold + report.unconfirmed.length === 0) throw new ThrownAway('nothing was sold')
  if (sold > stock) throw new ThrownAway(`${sold} of ${stock} units were sold`)
  await checkBooks(world, saleId, report)
  await retire(world, saleId)
  const figure = rushFigure({ perSecond, spanMs, stock, offered }, report, { tookMs, cpu })
  world.say(line(figure))
  return figure
}

function line({ perSecond, spanMs, stock, rows, withoutResult, holds }: RushFigure): string {
  const all = rows.at(-1)
  const times = all
    ? `AVG ${all.averageMs.toFixed(1)}, TP99 ${all.tp99Ms.toFixed(0)}, TP999 ${all.tp999Ms.toFixed(0)} ms`
    : 'no answer'
  const rest = `${(100 * withoutResult).toFixed(2)} % without a result`
  return `${perSecond}/s for ${spanMs / 1_000} s, ${stock} units: ${times}, ${rest}: ${holds ? 'holds' : 'MISSED'}`
}
