import type { Audit } from '@flashsale/contracts/http/audit.ts'
import type { Check } from '../demo/cross-check.ts'
import { endName, type Receipt } from '../demo/receipts.ts'
import { percentile } from '../demo/tally.ts'
import type { Machine } from '../machine.ts'
import type { AuditBook } from './audit-book.ts'
import type { Claim, Loss, Report, Strike } from './report.ts'
import type { Component, Way } from './strike.ts'

export type Times = { count: number; p50: number; p99: number; max: number }
export type StrikeRow = {
  component: Component
  way: Way
  count: number
  answersLost: number
  awayMs: Times
  answersAfterMs: Times
  driftZeroAfterMs: Times
}
export type LossRow = { scene: string; rounds: number; writesLost: number; least: number }

export type RunFacts = {
  commit: string
  command: string
  date: string
  machine: Machine
  seed: number
  minutes: number
  attemptsPerSecond: number
  startUpMs: number
  drillMs: number
}

export type Summary = RunFacts & {
  passed: boolean
  failures: string[]
  kills: number
  killsByComponent: Record<string, number>
  strikes: StrikeRow[]
  driftZeroAfterMs: Times
  losses: LossRow[]
  claims: Claim[]
  sales: number
  arrivals: number
  turnedAway: number
  attempts: number
  answers: Record<string, number>
  answersLost: number
  receipts: { count: number; ends: Record<string, number> }
  buyMs: Times
  audits: AuditBook['counts']
  checks: Check[]
  faults: string[]
  inexactAudits: Audit[]
  /** Each blow in order, for who wants to look closer. */
  blows: Strike[]
}

export type Gathered = {
  run: RunFacts
  report: Report
  books: AuditBook
  receipts: Receipt[]
  checks: Check[]
  sales: number
  arrivals: number
  turnedAway: number
  attempts: number
  answers: Map<string, number>
  answersLost: number
  buyMs: number[]
  /** What must never happen, as the buyers saw it; `faultCount` has them all. */
  faults: string[]
  faultCount: number
  stoppedBy: string | undefined
}

export function summarize(all: Gathered): Summary {
  const { run, report, books, receipts, checks } = all
  const kills = report.strikes.filter(({ way }) => isKill(way))
  const ends = countBy(receipts, ({ end }) => (end ? endName(end) : noEnd))
  const failures = failuresOf(all, ends[noEnd] ?? 0)
  return {
    ...run,
    passed: failures.length === 0,
    failures,
    kills: kills.length,
    killsByComponent: countBy(kills, ({ component }) => component),
    strikes: strikeRows(report.strikes),
    driftZeroAfterMs: times(report.strikes.map(({ driftZeroAfterMs }) => driftZeroAfterMs)),
    losses: lossRows(report.losses),
    claims: report.claims,
    sales: all.sales,
    arrivals: all.arrivals,
    turnedAway: all.turnedAway,
    attempts: all.attempts,
    answers: Object.fromEntries([...all.answers].sort(([, a], [, b]) => b - a)),
    answersLost: all.answersLost,
    receipts: { count: receipts.length, ends },
    buyMs: times(all.buyMs),
    audits: books.counts,
    checks,
    faults: all.faults,
    inexactAudits: books.inexact,
    blows: report.strikes,
  }
}

/** A promotion begins with a SIGKILL. */
export const isKill = (way: Way) => way === 'killed' || way === 'promoted'
const noEnd = 'no end'

function failuresOf(all: Gathered, withoutEnd: number): string[] {
  const { report, books, checks, stoppedBy, faultCount } = all
  const { losses, claims } = report
  return [
    stoppedBy ? [`the drill was not played to its end: ${stoppedBy}`] : [],
    report.failures,
    claims.filter(({ holds }) => !holds).map(({ scene, what }) => `${scene}: not seen: ${what}`),
    losses
      .filter(({ accepted }) => accepted === 0)
      .map(({ scene }) => `${scene}: no acknowledged write of Redis was lost`),
    books.counts.inexact > 0 ? [`${books.counts.inexact} audits were not exact`] : [],
    books.failed,
    withoutEnd > 0 ? [`${withoutEnd} receipts have no end`] : [],
    checks
      .filter(({ holds }) => !holds)
      .map(({ what, left, right }) => `${what}: ${left}, ${right}`),
    faultCount > 0 ? [`${faultCount} things happened that must never happen`] : [],
    all.receipts.length === 0 ? ['nobody got a 202'] : [],
  ].flat()
}

export function strikeRows(strikes: readonly Strike[]): StrikeRow[] {
  const groups = Map.groupBy(strikes, ({ component, way }) => `${component} ${way}`)
  const rows = [...groups.values()].map((group) => ({
    component: (group[0] as Strike).component,
    way: (group[0] as Strike).way,
    count: group.length,
    answersLost: group.reduce((sum, { answersLost }) => sum + answersLost, 0),
    awayMs: times(group.map(({ awayMs }) => awayMs)),
    answersAfterMs: times(group.map(({ answersAfterMs }) => answersAfterMs)),
    driftZeroAfterMs: times(group.map(({ driftZeroAfterMs }) => driftZeroAfterMs)),
  }))
  return rows.sort((one, other) =>
    `${one.component} ${one.way}`.localeCompare(`${other.component} ${other.way}`),
  )
}

function lossRows(losses: readonly Loss[]): LossRow[] {
  return [...Map.groupBy(losses, ({ scene }) => scene)].map(([scene, group]) => ({
    scene,
    rounds: group.length,
    writesLost: group.reduce((sum, { accepted }) => sum + accepted, 0),
    least: Math.min(...group.map(({ accepted }) => accepted)),
  }))
}

export function times(values: readonly number[]): Times {
  const at = (p: number) => Math.round(percentile(values, p) ?? 0)
  return { count: values.length, p50: at(0.5), p99: at(0.99), max: at(1) }
}

function countBy<T>(items: readonly T[], name: (item: T) => string): Record<string, number> {
  const groups = [...Map.groupBy(items, name)].map(([key, group]) => [key, group.length] as const)
  return Object.fromEntries(groups.sort(([, a], [, b]) => b - a))
}
