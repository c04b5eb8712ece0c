import { quantile } from '../bench/statistics.ts'
import { type CrowdReport, type Outcome, outcomes } from './crowd.ts'
import type { Measured } from './measure.ts'
import { phaseNames } from './plan.ts'

const windowMs = 250
const normalForMs = 2_000
const disturbedMax = 1 // of the windows of that time: at half load some are, too
const settlingMs = 2_000 // of a calm phase: what its beginning is like is not what it is compared by

export type PhaseFigure = {
  name: string
  /** Offered; what became of each, a second. */
  perSecond: number
  said: Record<Outcome, number>
  /** Of all answers, from their arrival. */
  p50Ms: number
  p99Ms: number
  /** Highest, of the gateway. */
  memoryMib: number
}
/** Of all that arrived within 250 ms. */
export type Window = { atMs: number; p50Ms: number; accepted: number; refused: number }
export type Aim = { what: string; value: number; unit: string; limit: number; isMet: boolean }
export type Figures = {
  /** Accepted a second before the crowd and after it. */
  saturations: [number, number]
  /** The mean of them. */
  peak: number
  throttled: number
  generatorBusy: number
  phases: PhaseFigure[]
  windows: Window[]
  /** Share of the windows at 50 % that have a p50 of more than twice that of the whole. */
  calmDisturbed: number
  /** From the end of the burst; undefined when it did not come before the run ended. */
  normalAfterMs: number | undefined
  aims: Aim[]
}

export function figuresOf(measured: Measured): Figures {
  const { saturations, throttled, report } = measured
  const peak = (saturations[0] + saturations[1]) / 2
  const spans = spansOf(measured)
  const phases = spans.map((span) => phaseFigure(measured, span))
  const of = (name: string) => phases.find((phase) => phase.name === name) as PhaseFigure
  const calm = of(phaseNames.calm)
  const burst = of(phaseNames.burst)
  const windows = windowsOf(report, spans.at(-1)?.toMs ?? 0)
  const burstEndMs = spans.find(({ name }) => name === phaseNames.burst)?.toMs ?? 0
  const isNormal = ({ p50Ms }: Window) => p50Ms <= 2 * calm.p50Ms
  const normalAfterMs = backToNormal(windows, burstEndMs, isNormal)
  const calmWindows = windows.filter(
    ({ atMs }) => atMs >= settlingMs && atMs < (spans[0]?.toMs ?? 0),
  )
  const calmDisturbed = calmWindows.filter((one) => !isNormal(one)).length / calmWindows.length
  const memory = of(phaseNames.after).memoryMib
  const aims = [
    aim(
      'p50 of all answers in the burst',
      burst.p50Ms / of(phaseNames.high).p50Ms,
      '× p50 at 80 %',
      4,
    ),
    aim(
      'p50 at 80 %: calm enough to compare by',
      of(phaseNames.high).p50Ms / calm.p50Ms,
      '× p50 at 50 %',
      5,
    ),
    aim('sent away in the burst', burst.said['503'] + burst.said['429'], 'a second', 1, 'least'),
    aim('goodput in the burst', burst.said.accepted / peak, 'of the peak', 0.85, 'least'),
    aim('normal after the burst', (normalAfterMs ?? Number.POSITIVE_INFINITY) / 1_000, 's', 2),
    aim(
      'memory',
      Math.max(burst.memoryMib, memory) / of(phaseNames.high).memoryMib,
      '× at 80 %',
      2,
    ),
  ]
  const { busy: generatorBusy } = report
  return {
    saturations,
    peak,
    throttled,
    generatorBusy,
    phases,
    windows,
    calmDisturbed,
    normalAfterMs,
    aims,
  }
}

function aim(
  what: string,
  value: number,
  unit: string,
  limit: number,
  way: 'most' | 'least' = 'most',
): Aim {
  return { what, value, unit, limit, isMet: way === 'most' ? value <= limit : value >= limit }
}

type Span = { name: string; perSecond: number; fromMs: number; toMs: number }

function spansOf({ phases }: Measured): Span[] {
  let fromMs = 0
  return phases.map(({ name, perSecond, spanMs }) => {
    const span = { name, perSecond, fromMs, toMs: fromMs + spanMs }
    fromMs += spanMs
    return span
  })
}

function phaseFigure({ report, memory }: Measured, span: Span): PhaseFigure {
  const isCalm = span.name === phaseNames.calm || span.name === phaseNames.high
  const fromMs = span.fromMs + (isCalm ? settlingMs : 0)
  const seconds = (span.toMs - fromMs) / 1_000
  const inside = arrivedIn(report, fromMs, span.toMs)
  const said = Object.fromEntries(
    outcomes.map((name, i) => [
      name,
      inside.filter((at) => report.said[at] === i).length / seconds,
    ]),
  ) as Record<Outcome, number>
  const times = answerTimes(report, inside)
  const during = memory.filter(({ atMs }) => atMs >= span.fromMs && atMs < span.toMs)
  return {
    name: span.name,
    perSecond: span.perSecond,
    said,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    memoryMib: Math.max(...during.map(({ mib }) => mib)),
  }
}

const arrivedIn = ({ arrivedMs }: CrowdReport, fromMs: number, toMs: number): number[] =>
  [...arrivedMs.keys()].filter((at) => {
    const ms = arrivedMs[at] as number
    return ms >= fromMs && ms < toMs
  })

const answerTimes = ({ tookMs }: CrowdReport, which: readonly number[]): number[] =>
  which.map((at) => tookMs[at] as number).filter((ms) => !Number.isNaN(ms))

function windowsOf(report: CrowdReport, endMs: number): Window[] {
  const [accepted, refused] = [outcomes.indexOf('accepted'), outcomes.indexOf('503')]
  const windows = Array.from({ length: Math.floor(endMs / windowMs) }, () => [] as number[])
  for (const at of report.arrivedMs.keys()) {
    windows[Math.floor((report.arrivedMs[at] as number) / windowMs)]?.push(at)
  }
  return windows.map((inside, i) => {
    const times = answerTimes(report, inside)
    return {
      atMs: i * windowMs,
      p50Ms: times.length > 0 ? quantile(times, 0.5) : Number.NaN,
      accepted: inside.filter((at) => report.said[at] === accepted).length,
      refused: inside.filter((at) => report.said[at] === refused).length,
    }
  })
}

/** Until two seconds on end begin in which all windows but one are normal; one without any answer is not. */
function backToNormal(
  windows: readonly Window[],
  endMs: number,
  isNormal: (window: Window) => boolean,
) {
  const after = windows.filter(({ atMs }) => atMs >= endMs)
  const wanted = normalForMs / windowMs
  const begins = (from: number) => {
    const some = after.slice(from, from + wanted)
    const disturbed = some.filter((one) => !isNormal(one)).length
    return some.length === wanted && disturbed <= disturbedMax
  }
  const first = after.findIndex((one, at) => isNormal(one) && begins(at))
  return first < 0 ? undefined : first * windowMs
}
