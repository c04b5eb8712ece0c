import { readFileSync } from 'node:fs'
import { buyPath, openSale, retire, whileLedgerWaits } from '../bench/bench-sale.ts'
import { checkBooks } from '../bench/books.ts'
import { buyRequest, type LoadReport } from '../bench/load/load.ts'
import { ThrownAway } from '../bench/thrown-away.ts'
import type { World } from '../bench/world.ts'
import { createCpuQuota } from '../cpu-quota.ts'
import type { CrowdReport, Phase } from './crowd.ts'
import type { Plan } from './plan.ts'
import { sendCrowd } from './send-crowd.ts'

export type Measured = {
  /** 202s a second over the crowd's connections, a bounded number of requests under way: before the crowd, and after it. */
  saturations: [number, number]
  phases: Phase[]
  report: CrowdReport
  /** Of the gateway, since the first phase began. */
  memory: { atMs: number; mib: number }[]
  /** Share of the periods in which the gateway was held back by its quota. */
  throttled: number
}

const sampleMemoryEveryMs = 250

/** Saturation, then the crowd, with the gateway on a share of a core; then the books of both sales. */
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
    const full = (name: string) => saturate(world, plan, [name, plan.saturationMs, 2 * quarter])
    const before = await full('full')
    const phases = plan.phases.map(({ name, spanMs, share }) => ({
      name,
      spanMs,
      perSecond: share * before,
    }))
    const quotaBefore = quota.throttled()
    const { report, memory } = await crowd(world, plan, { phases, peak: before, pid: gateway.pid })
    const throttled = shareBetween(quotaBefore, quota.throttled())
    world.say('what it can do now')
    return { saturations: [before, await full('again')], phases, report, memory, throttled }
  } finally {
    await quota.remove()
  }
}

type Periods = { periods: number; ofPeriods: number }
const shareBetween = (before: Periods, after: Periods) =>
  (after.periods - before.periods) / (after.ofPeriods - before.ofPeriods)

type Full = [name: string, spanMs: number, perSecondMax: number]

/** Accepted purchases a second, each of a new buyer whose token was never seen. */
async function saturate(world: World, plan: Plan, [name, spanMs, perSecondMax]: Full) {
  const { connections, underWayMax } = plan
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

type Sent = { phases: Phase[]; peak: number; pid: number }
async function crowd(world: World, plan: Plan, { phases, peak, pid }: Sent) {
  const count = Math.ceil(phases.reduce((sum, one) => sum + asksOf(one, peak), 0))
  const { saleId, requests } = await openCrowdedSale(world, 'crowd', count)
  world.say(`${phases.map((one) => `${one.name}: ${Math.round(one.perSecond)}/s`).join(', ')}`)
  const memory: Measured['memory'] = []
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
  world.say('the ledger writes what was taken')
  await settle(world, saleId, report)
  return { report, memory }
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
