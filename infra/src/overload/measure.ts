import { readFileSync } from 'node:fs'
import { buyPath, openSale, retire, whileLedgerWaits } from '../bench/bench-sale.ts'
import { checkBooks } from '../bench/books.ts'
import { buyRequest, type LoadReport } from '../bench/load/load.ts'
import { ThrownAway } from '../bench/thrown-away.ts'
import type { World } from '../bench/world.ts'
import { createCpuQuota } from '../cpu-quota.ts'
import type { Phase } from './crowd.ts'
import { type Plan, phaseNames, underWayMax } from './plan.ts'
import { phaseIn, type Round, roundOf, type Sent } from './round.ts'
import { sendCrowd } from './send-crowd.ts'

export type Measured = {
  rounds: Round[]
  /** Share of the periods in which the gateway was held back by its quota. */
  throttled: number
}

const sampleMemoryEveryMs = 250

/** Rounds of a crowd, with the gateway on a share of a core; the books of each have to be exact. */
export async function measureOverload(world: World, plan: Plan): Promise<Measured> {
  const gateway = world.processes().find(({ name }) => name === 'gateway')
  if (!gateway) throw new ThrownAway('there is no gateway')
  world.say('warming up, with all of a core')
  await saturate(world, plan, ['warm', plan.warmUpMs, plan.buyersPerSecondMax])
  const quota = createCpuQuota('overload', plan.cores)
  try {
    quota.add(gateway.pid)
    world.say(`what ${plan.cores} of a core can do`)
    const quarter = await saturate(world, plan, ['quarter', plan.warmUpMs, plan.buyersPerSecondMax])
    const first = await saturate(world, plan, ['full', plan.saturationMs, 2 * quarter])
    const quotaBefore = quota.throttled()
    const rounds: Round[] = []
    for (const nth of Array.from({ length: plan.rounds }).keys()) {
      const peak = rounds.length > 0 ? mean(rounds.map((round) => round.peak)) : first
      world.say(`round ${nth + 1} of ${plan.rounds}: 100 % are ${Math.round(peak)} a second`)
      const phases = plan.phases.map(({ share, ...phase }) => ({
        ...phase,
        perSecond: share * peak,
      }))
      const sent = await crowd(world, plan, {
        name: `crowd-${nth}`,
        phases,
        peak,
        pid: gateway.pid,
      })
      const round = roundOf(sent)
      const { said } = phaseIn(round.phases, phaseNames.burst)
      world.say(`  in the burst ${Math.round(said.accepted)}, peak ${Math.round(round.peak)}`)
      rounds.push(round)
    }
    return { rounds, throttled: shareBetween(quotaBefore, quota.throttled()) }
  } finally {
    await quota.remove()
  }
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length

type Periods = { periods: number; ofPeriods: number }
const shareBetween = (before: Periods, after: Periods) =>
  (after.periods - before.periods) / (after.ofPeriods - before.ofPeriods)

type Full = [name: string, spanMs: number, perSecondMax: number]

/** Accepted purchases a second, each of a new buyer whose token was never seen. */
async function saturate(world: World, plan: Plan, [name, spanMs, perSecondMax]: Full) {
  const { connections } = plan
  const count = Math.ceil((perSecondMax * spanMs) / 1_000)
  const { saleId, requests } = await openCrowdedSale(world, name, count)
  const report = await whileLedgerWaits(world, [saleId], () =>
    world.generator.run({
      port: world.gatewayPort,
      requests,
      connections,
      underWayMax,
      spanMs,
      expect: { status: 202, text: '"accepted"' },
    }),
  )
  await settle(world, saleId, report)
  const perSecond = (report.counted * 1_000) / report.countedMs
  world.say(`  ${Math.round(perSecond)} a second, others ${JSON.stringify(report.others)}`)
  return perSecond
}

/** Who finds no connection free asks for nothing, and so do most in the burst: 2.5 times the peak never ask, or the run ends with an error. */
const asksOf = ({ spanMs, perSecond }: Phase, peak: number) =>
  (spanMs * Math.min(perSecond, 2.5 * peak)) / 1_000

type Wanted = { name: string; phases: Phase[]; peak: number; pid: number }
async function crowd(world: World, plan: Plan, { name, phases, peak, pid }: Wanted): Promise<Sent> {
  const count = Math.ceil(phases.reduce((sum, one) => sum + asksOf(one, peak), 0))
  const { saleId, requests } = await openCrowdedSale(world, name, count)
  const memory: { atMs: number; mib: number }[] = []
  const { connections } = plan
  const report = await whileLedgerWaits(world, [saleId], async () => {
    const startedAt = performance.now()
    const sample = () => memory.push({ atMs: performance.now() - startedAt, mib: residentMib(pid) })
    const timer = setInterval(sample, sampleMemoryEveryMs)
    try {
      return await sendCrowd({ port: world.gatewayPort, requests, connections, phases })
    } finally {
      clearInterval(timer)
    }
  })
  world.say('  the ledger writes what was taken')
  await settle(world, saleId, report)
  return { phases, report, memory }
}

async function openCrowdedSale(world: World, name: string, count: number) {
  const saleId = await openSale(world, count + 1) // never sold out
  const path = buyPath(saleId)
  const requests = Array.from({ length: count }, (_, i) =>
    buyRequest({ path, token: world.sign(`${name}-${i}`) }),
  )
  return { saleId, requests }
}

/** No figure counts without exact books. */
async function settle(
  world: World,
  saleId: string,
  told: Pick<LoadReport, 'accepted' | 'unconfirmed'>,
) {
  await checkBooks(world, saleId, told)
  await retire(world, saleId)
}

function residentMib(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kib) / 1_024
}
