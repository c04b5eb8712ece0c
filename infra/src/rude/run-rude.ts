import type { Check } from '../demo/cross-check.ts'
import type { Stack } from '../stack/stack.ts'
import { type Buyers, startBuyers } from './buyers.ts'
import { type RudeClients, startRudeClients } from './clients.ts'
import type { RudeOptions } from './options.ts'
import type { KindFigures } from './rude-tally.ts'
import { createSampler } from './sampler.ts'
import { endedBy, type Sample } from './samples.ts'
import { type Judged, judge } from './verdict.ts'

const aloneMsMax = 60_000 // buyers without rude clients, before and after
const aloneShare = 1 / 3 // of the time with them, in a short run
const rudeBuyers = 2_000

export type RudeRun = Judged & {
  kinds: KindFigures[]
  /** By which limit the gateway says it ended them, while they were there. */
  endedByLimit: Record<string, number>
  answers: Record<string, number>
  requests: { asked: number; tryLater: number; failed: number; failures: Record<string, number> }
  sales: number
  receipts: number
  receiptsWithoutEnd: number
  audits: Buyers['books']['counts']
  checks: Check[]
  samples: Sample[]
}

/** Buyers alone, then all kinds of rude clients beside them, then buyers alone again; then the books. */
export async function runRude(stack: Stack, options: RudeOptions): Promise<RudeRun> {
  const buyers = startBuyers(stack, options.attemptsPerSecond)
  const { gateway } = stack.addresses
  const rudeMs = options.minutes * 60_000
  const aloneMs = Math.min(aloneMsMax, rudeMs * aloneShare)
  const say = progress()
  const sampler = createSampler({ stack, buyers, say })
  say('buyers alone')
  await sampler.during('before', aloneMs, () => 0)
  const before = await endedBy(gateway)
  const clients = await letComeIn(stack, buyers)
  try {
    say('all kinds of rude clients come')
    await sampler.during('rude', rudeMs, clients.open)
    const endedByLimit = difference(before, await endedBy(gateway))
    const { kinds, won } = await clients.leave()
    say('they are gone; buyers alone again')
    await sampler.during('after', aloneMs, () => 0)
    say('no more buyers; waiting until every order has its end')
    const ended = await buyers.rest(say, won)
    const { tally, books } = buyers
    const facts = { ...ended, kinds, samples: sampler.samples }
    const inexactAudits = books.counts.inexact
    return {
      ...judge({ ...facts, inexactAudits, faults: tally.faults }),
      ...facts,
      endedByLimit,
      answers: Object.fromEntries(tally.answers),
      requests: { ...tally.requests, failures: Object.fromEntries(tally.requests.failures) },
      audits: books.counts,
    }
  } finally {
    await clients.stop()
  }
}

async function letComeIn(stack: Stack, buyers: Buyers): Promise<RudeClients> {
  const { selling, soldOut } = await buyers.openRudeSales()
  return startRudeClients({
    port: Number(new URL(stack.addresses.gateway).port),
    openPath: `/v1/sales/${selling}/orders`,
    soldOutPath: `/v1/sales/${soldOut}/orders`,
    tokens: Array.from({ length: rudeBuyers }, (_, number) => buyers.sign(`rude-${number}`)),
  })
}

function difference(before: Record<string, number>, after: Record<string, number>) {
  return Object.fromEntries(
    Object.entries(after).map(([why, count]) => [why, count - (before[why] ?? 0)]),
  )
}

function progress() {
  const startedAt = performance.now()
  return (line: string) => {
    const at = ((performance.now() - startedAt) / 1_000).toFixed(0)
    console.error(`${at.padStart(5)} s  ${line}`)
  }
}
