import { quantile } from '../bench/statistics.ts'
import { type CrowdReport, type Outcome, outcomes, type Phase } from './crowd.ts'
import { phaseNames } from './plan.ts'

const windowMs = 250
const normalForMs = 2_000
const disturbedMax = 1 // of the windows of that time: at half load some are, too
const settlingMs = 2_000 // of a calm phase: what its beginning is like is not what it is compared by

/** One crowd, and what became of it. */
export type Sent = {
  phases: readonly Phase[]
  report: CrowdReport
  /** Of the gateway, since the first phase began. */
  memory: readonly { atMs: number; mib: number }[]
}
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
type Window = { atMs: number; p50Ms: number; accepted: number; refused: number }
export type Round = {
  phases: PhaseFigure[]
  /** Accepted a second while always as much is under way as can be: mean of before the burst and after it. */
  peak: number
  /** Each by the window of so many ms in which buyers arrived. */
  windows: { windowMs: number; p50Ms: number[]; accepted: number[]; refused: number[] }
  /** Share of the windows at 50 % that have a p50 of more than twice that of the whole. */
  calmDisturbed: number
  /** From the end of the burst; undefined when it did not come before the next phase ended. */
  normalAfterMs: number | undefined
  generatorBusy: number
}

export function roundOf(sent: Sent): Round {
  const spans = spansOf(sent.phases)
  const phases = spans.map((span) => phaseFigure(sent, span))
  const [calm, full, fullAgain] = [phaseNames.calm, phaseNames.full, phaseNames.fullAgain].map(
    (name) => phaseIn(phases, name),
  ) as [PhaseFigure, PhaseFigure, PhaseFigure]
  const windows = windowsOf(sent.report, spans.at(-1)?.toMs ?? 0)
  const during = (name: string, skipMs = 0) => {
    const { fromMs, toMs } = spans.find((span) => span.name === name) as Span
    return windows.filter(({ atMs }) => atMs >= fromMs + skipMs && atMs < toMs)
  }
  const isNormal = ({ p50Ms }: Window) => p50Ms <= 2 * calm.p50Ms
  const calmWindows = during(phaseNames.calm, settlingMs)
  return {
    phases,
    peak: (full.said.accepted + fullAgain.said.accepted) / 2,
    windows: {
      windowMs,
      p50Ms: windows.map(({ p50Ms }) => Math.round(10 * p50Ms) / 10),
      accepted: windows.map(({ accepted }) => accepted),
      refused: windows.map(({ refused }) => refused),
    },
    calmDisturbed: calmWindows.filter((one) => !isNormal(one)).length / calmWindows.length,
    normalAfterMs: backToNormal(during(phaseNames.after), isNormal),
    generatorBusy: sent.report.busy,
  }
}

export function phaseIn(phases: readonly PhaseFigure[], name: string): PhaseFigure {
  const phase = phases.find((one) => one.name === name)
  if (!phase) throw new Error(`no phase "${name}"`)
  return phase
}

type Span = { name: string; perSecond: number; fromMs: number; toMs: number }

function spansOf(phases: readonly Phase[]): Span[] {
  let fromMs = 0
  return phases.map(({ name, perSecond, spanMs }) => {
    const span = { name, perSecond, fromMs, toMs: fromMs + spanMs }
    fromMs += spanMs
    return span
  })
}

function phaseFigure({ report, memory }: Sent, span: Span): PhaseFigure {
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
function backToNormal(after: readonly Window[], isNormal: (window: Window) => boolean) {
  const wanted = normalForMs / windowMs
  const begins = (from: number) => {
    const some = after.slice(from, from + wanted)
    const disturbed = some.filter((one) => !isNormal(one)).length
    return some.length === wanted && disturbed <= disturbedMax
  }
  const first = after.findIndex((one, at) => isNormal(one) && begins(at))
  return first < 0 ? undefined : first * windowMs
}
