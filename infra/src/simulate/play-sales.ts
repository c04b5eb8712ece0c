import { type Crash, crashNames } from '@flashsale/simulation/crashes.ts'
import { type Played, play } from '@flashsale/simulation/play.ts'
import type { Rule } from '@flashsale/simulation/rules.ts'
import type { Domain } from '@flashsale/simulation/world.ts'

const LOOKS_FURTHER = 2_000 // sales after a broken one, for a shorter history of it
const TOLD_EVERY_MS = 2_000

export type Broken = { promise: string; seed: number; afterSales: number; history: string[] }
export type Outcome = {
  sales: number
  steps: number
  tookMs: number
  crashes: Record<Crash, number>
  broken?: Broken
}

type Wish = {
  domain: Domain
  seed: number
  sales: number
  minutes?: number | undefined
  without?: Rule
  tell?: (line: string) => void
}

/**
 * Sales from one seed after the other, until a promise is broken or all are played. What broke first is
 * looked at in some more sales, for the shortest history: that is the one to read.
 */
export function playSales({ domain, seed, sales, minutes, without, tell }: Wish): Outcome {
  const off = new Set(without ? [without] : [])
  const startedAt = performance.now()
  const untilMs = minutes === undefined ? Number.POSITIVE_INFINITY : startedAt + minutes * 60_000
  const counts = new Map(crashNames.map((name) => [name, 0]))
  let [played, steps, toldAt, left] = [0, 0, startedAt, sales]
  let broken: Broken | undefined

  while (left > 0 && performance.now() < untilMs) {
    const sale = play(seed + played, domain, off)
    left--
    played++
    steps += sale.history.length
    for (const [crash, count] of sale.seen) counts.set(crash, (counts.get(crash) ?? 0) + count)
    if (sale.broken) {
      if (!broken) left = Math.min(left, LOOKS_FURTHER)
      broken = shorter(broken, sale, played)
    }
    if (tell && performance.now() > toldAt + TOLD_EVERY_MS) {
      toldAt = performance.now()
      tell(`${played} sales, ${steps} steps${broken ? `, broken: ${broken.promise}` : ''}`)
    }
  }
  const crashes = Object.fromEntries(counts) as Record<Crash, number>
  const tookMs = Math.round(performance.now() - startedAt)
  return { sales: played, steps, tookMs, crashes, ...(broken && { broken }) }
}

function shorter(known: Broken | undefined, { seed, broken, history }: Played, played: number) {
  if (known && known.history.length <= history.length) return known
  const afterSales = known?.afterSales ?? played
  return { promise: broken as string, seed, afterSales, history }
}
