import type { Tally } from '../demo/tally.ts'
import { percentile } from '../demo/tally.ts'
import type { Time } from '../demo/time.ts'
import type { Load } from '../drill/load.ts'
import type { Shared } from '../drill/sale-run.ts'
import { backlogOf, type Sampler } from './sampler.ts'

const firstPerSecond = 30
const factor = 1.4
const rateMax = 2_000
const settleMs = 12_000 // buyers who came before this rate still pay
const measureMs = 8_000
const backlogSeconds = 2 // of attempts: more behind the 202 than that, and it falls behind
const atTillSeconds = 1 // of attempts: with more in line to pay, buyers do not what they would
const buyP95MaxMs = 500
const nobodyAnsweredMs = measureMs
const turnedAwayMax = 0.01 // of those who came: more than 400 stood at the door
const restMs = 120_000
const lookEveryMs = 1_000

export type Step = {
  attemptsPerSecond: number
  buyP95Ms: number
  backlog: number
  turnedAway: number
  atTill: number
  isSustained: boolean
}
type Deps = {
  shared: { shop: Pick<Shared['shop'], 'atTill'> }
  load: Pick<Load, 'counts'>
  tally: { times: Pick<Tally['times'], 'buy'> }
  time: Pick<Time, 'pause' | 'isUp'>
  sampler: Pick<Sampler, 'read'>
  setRate(perSecond: number): void
  say(line: string): void
}

/**
 * Raises the rate of buyers, with all that they do after the purchase, until the answers get slow or
 * what is behind them falls behind. The last rate before that is what this machine sustains.
 */
export async function calibrate(deps: Deps): Promise<{ sustained: number; steps: Step[] }> {
  const { time, say, setRate } = deps
  const steps: Step[] = []
  let sustained = firstPerSecond
  for (
    let rate = firstPerSecond;
    rate <= rateMax && !time.isUp();
    rate = Math.round(rate * factor)
  ) {
    const step = await measure(deps, rate)
    steps.push(step)
    say(inWords(step))
    if (!step.isSustained) break
    sustained = rate
  }
  setRate(firstPerSecond)
  await settle(deps, firstPerSecond)
  return { sustained, steps }
}

async function measure(deps: Deps, rate: number): Promise<Step> {
  const { load, tally, time, sampler, setRate, shared } = deps
  setRate(rate)
  await time.pause(settleMs)
  const [from, awayBefore] = [tally.times.buy.length, load.counts.turnedAway]
  await time.pause(measureMs)
  const buyP95Ms = Math.round(percentile(tally.times.buy.slice(from), 0.95) ?? nobodyAnsweredMs)
  const turnedAway = load.counts.turnedAway - awayBefore
  const backlog = backlogOf(await sampler.read())
  const atTill = shared.shop.atTill()
  const came = (rate * measureMs) / 1_000
  const keepsUp = backlog <= backlogSeconds * rate && turnedAway <= turnedAwayMax * came
  const isPlayed = atTill <= atTillSeconds * rate
  const isSustained = keepsUp && isPlayed && buyP95Ms <= buyP95MaxMs
  return { attemptsPerSecond: rate, buyP95Ms, backlog, turnedAway, atTill, isSustained }
}

/** Until what was too much has been worked off. */
async function settle({ time, sampler, say }: Deps, rate: number): Promise<void> {
  const giveUpAt = performance.now() + restMs
  await time.pause(settleMs)
  while (backlogOf(await sampler.read()) > rate * backlogSeconds && !time.isUp()) {
    if (performance.now() > giveUpAt) return say('what the calibration left is not worked off yet')
    await time.pause(lookEveryMs)
  }
}

function inWords({ attemptsPerSecond, isSustained, ...step }: Step): string {
  const { buyP95Ms, backlog, turnedAway, atTill } = step
  const seen = `p95 ${buyP95Ms} ms, ${backlog} waiting behind, ${atTill} at the till, ${turnedAway} not sent`
  return `${attemptsPerSecond} attempts/s: ${seen}: ${isSustained ? 'sustained' : 'too much'}`
}
