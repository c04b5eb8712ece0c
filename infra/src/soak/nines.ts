import type { Blow } from './kills.ts'

export const probeKinds = ['buy: units free', 'buy: sold out', 'read an order'] as const
export type ProbeKind = (typeof probeKinds)[number]

/**
 * `in time`: the kind of answer that was due, within a second. `try later`: a 503 that says so, in time.
 * `wrong`: another answer. `late`: after more than a second. `none`: reset, refused, or nothing came.
 */
export const outcomes = ['in time', 'try later', 'wrong', 'late', 'none'] as const
export type Outcome = (typeof outcomes)[number]

export type Probe = {
  kind: ProbeKind
  sentAtMs: number
  /** What had been killed and was not back; `calm` when nothing. */
  during: string
  first: Outcome
  /** The same request once more on another connection; only where the first failed. */
  again?: Outcome
}

export type NinesRow = {
  name: string
  asked: number
  counts: Record<Outcome, number>
  /** Answered in time, a deliberate 503 among them. */
  answered: number
  answeredWithRetry: number
  /** Without the 503: the buyer got what was asked for. */
  served: number
  servedWithRetry: number
  /** The longest time without any answer in time, from one that was sent to the next. */
  longestGapMs: number
}

/** `among`: those whose answers end a gap, where `probes` are a part of them that has times left out. */
export function ninesRow(name: string, probes: readonly Probe[], among = probes): NinesRow {
  const count = (holds: (probe: Probe) => boolean) => probes.filter(holds).length
  const counts = Object.fromEntries(
    outcomes.map((outcome) => [outcome, count(({ first }) => first === outcome)]),
  ) as Record<Outcome, number>
  const isServed = (outcome: Outcome | undefined) => outcome === 'in time'
  return {
    name,
    asked: probes.length,
    counts,
    answered: count(({ first }) => isAnswered(first)),
    answeredWithRetry: count(({ first, again }) => isAnswered(first) || isAnswered(again)),
    served: counts['in time'],
    servedWithRetry: count(({ first, again }) => isServed(first) || isServed(again)),
    longestGapMs: longestGapMs(probes, among),
  }
}

/** A row for each kill, in their order: whether all of them cost a little or one of them much. */
export function byBlow(probes: readonly Probe[], blows: readonly Blow[]): NinesRow[] {
  const firstMs = probes[0]?.sentAtMs ?? 0
  return blows.map(({ name, fromMs, toMs }) => {
    const some = probes.filter(({ sentAtMs }) => sentAtMs >= fromMs && sentAtMs < toMs)
    return ninesRow(`${name} after ${Math.round((fromMs - firstMs) / 1_000)} s`, some, probes)
  })
}

const isAnswered = (outcome: Outcome | undefined) =>
  outcome === 'in time' || outcome === 'try later'

/** Of the gaps in what was answered of `among`, the longest in which one of `probes` failed. */
export function longestGapMs(probes: readonly Probe[], among = probes): number {
  const failures = new Set(probes.filter(({ first }) => !isAnswered(first)))
  const sorted = among.toSorted((one, other) => one.sentAtMs - other.sentAtMs)
  let longest = 0
  let lastMs: number | undefined
  let failed = false
  for (const probe of sorted) {
    if (failures.has(probe)) failed = true
    if (!isAnswered(probe.first)) continue
    if (failed && lastMs !== undefined) longest = Math.max(longest, probe.sentAtMs - lastMs)
    lastMs = probe.sentAtMs
    failed = false
  }
  const end = sorted.at(-1)?.sentAtMs
  return failed && lastMs !== undefined && end !== undefined
    ? Math.max(longest, end - lastMs)
    : longest
}

/** 99.95 % is 3.3. Of `asked` without a failure no more can be said than `> log10(asked)`. */
export function inNines(good: number, asked: number): string {
  if (asked === 0) return '-'
  if (good === asked) return `> ${Math.log10(asked).toFixed(1)}`
  return (-Math.log10((asked - good) / asked)).toFixed(1)
}

export function percent(good: number, asked: number): string {
  return asked === 0 ? '-' : `${((100 * good) / asked).toFixed(3)} %`
}
