import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { verify } from '../drill/verify.ts'
import type { Stack } from '../stack/stack.ts'
import { archivedSales } from './archived-sale.ts'
import { calibrate, type Step } from './calibrate.ts'
import { lookAtRest } from './files-at-rest.ts'
import { calm, startKills } from './kills.ts'
import type { SoakOptions } from './options.ts'
import { openProbeSales } from './probe-sales.ts'
import { startProber } from './prober.ts'
import { startTelling } from './progress.ts'
import type { Gathered } from './summary.ts'
import { openWorld, type SoakWorld } from './world.ts'

const sampleEveryMs = 10_000
const shortSampleEveryMs = 5_000
const shortMinutes = 5
const longWarmUpMs = 20_000
const loopResolutionMs = 10
const restWithinMs = 240_000

/** Load at an even rate for so many minutes, then until everything has its end. */
export async function runSoak(stack: Stack, options: SoakOptions): Promise<Gathered> {
  const beganAt = new Date()
  const world = openWorld(stack, options.seed)
  try {
    const { figures: before } = await world.sampler.read()
    const { attemptsPerSecond, steps } = await chooseRate(world, options)
    const played = await play(world, options, attemptsPerSecond)
    const ends = await rest(world, played.sales.rest)
    const all = [...world.load.sales(), ...played.sales.all()]
    const audits = [...ends, ...(await Promise.all(played.sales.all().map((sale) => sale.audit())))]
    const sales = all.map((sale, i) => {
      return { saleId: sale.id, receipts: sale.receipts(), audit: audits[i] }
    })
    const after = await lookAtRest(before, world.sampler.read, sleep)
    const statement = await world.bank.statement(beganAt, new Date())
    return {
      attemptsPerSecond,
      steps,
      ...played,
      report: world.report,
      books: world.books,
      tally: world.tally,
      sales: sales.length,
      rest: { before, after },
      receipts: sales.flatMap((sale) => sale.receipts),
      checks: verify({ sales, statement, report: world.report }),
      stoppedBy: world.time.isUp() ? 'it did not come to rest in time' : undefined,
    }
  } finally {
    await world.leave()
  }
}

type Chosen = { attemptsPerSecond: number; steps: Step[] }

async function chooseRate(world: SoakWorld, options: SoakOptions): Promise<Chosen> {
  const { attemptsPerSecond } = options
  if (attemptsPerSecond !== undefined) return { attemptsPerSecond, steps: [] }
  world.say('calibration: the rate of buyers rises until this machine falls behind')
  const { sustained, steps } = await calibrate(world)
  return { attemptsPerSecond: Math.round(sustained / 2), steps }
}

async function play(world: SoakWorld, options: SoakOptions, rate: number) {
  const { minutes, kills, warmUpMs = longWarmUpMs } = options
  const { load, sampler, time, say } = world
  world.setRate(rate)
  const open = archivedSales(world)
  const sales = await openProbeSales(world.shared, open)
  await time.pause(warmUpMs)
  say(`${minutes} min at ${rate} attempts/s begin`)
  const before = { ...load.counts, attempts: world.tally.attempts() }
  const loopDelay = monitorEventLoopDelay({ resolution: loopResolutionMs })
  loopDelay.enable()
  const killing = kills ? startKills(world) : undefined
  const { shared, random, stack } = world
  const during = killing?.during ?? (() => calm)
  const prober = startProber({ shared, random, sales, port: stack.settings.ports.gateway, during })
  sampler.start(minutes <= shortMinutes ? shortSampleEveryMs : sampleEveryMs)
  const telling = startTelling({ world, prober, minutes })
  await time.pause(minutes * 60_000)
  telling.stop()
  await killing?.stop()
  await prober.stop()
  await sampler.stop()
  loopDelay.disable()
  return {
    sales,
    samples: sampler.samples,
    cores: sampler.cpu.cores(),
    probes: prober.probes,
    blows: killing?.blows ?? [],
    wrongAnswers: prober.wrongAnswers,
    arrivals: load.counts.arrivals - before.arrivals,
    turnedAway: load.counts.turnedAway - before.turnedAway,
    attempts: world.tally.attempts() - before.attempts,
    generatorLoopMs: { p99: loopDelay.percentile(99) / 1e6, max: loopDelay.max / 1e6 },
  }
}

/** No more buyers: every sale is closed, every order has its end, every receipt was asked for it. */
async function rest({ load, report, time, say }: SoakWorld, probeSalesRest: () => Promise<void>) {
  say('no more buyers; waiting until every order has its end')
  report.enter('at rest')
  const late = setTimeout(time.end, restWithinMs)
  const [audits] = await Promise.all([load.rest(say), probeSalesRest()])
  clearTimeout(late)
  return audits
}
