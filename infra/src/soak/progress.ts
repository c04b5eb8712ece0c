import { ninesRow, percent } from './nines.ts'
import type { Prober } from './prober.ts'
import { backlogOf } from './sampler.ts'
import type { SoakWorld } from './world.ts'

const everyMs = 30_000

type Told = { world: SoakWorld; prober: Prober; minutes: number }

/** One line each half minute, so that nobody wonders whether it still goes on. */
export function startTelling({ world, prober, minutes }: Told) {
  const { sampler, tally, say, report, books } = world
  const startedAt = performance.now()
  const timer = setInterval(() => {
    const last = sampler.samples.at(-1)
    if (!last) return
    const at = ((performance.now() - startedAt) / 60_000).toFixed(1)
    const { figures } = last
    const all = ninesRow('all', prober.probes)
    const keys = figures['redis keys'] ?? '-'
    const kills = report.strikes.length > 0 ? `, ${report.strikes.length} kills` : ''
    say(
      `${at} of ${minutes} min: ${figures.orders ?? '-'} orders, ${tally.attempts()} attempts, ` +
        `memory ${Math.round(memoryMiB(figures))} MiB, ${keys} keys, ${backlogOf(last)} waiting, ` +
        `in time ${percent(all.answered, all.asked)}, ${books.counts.exact} audits exact${kills}`,
    )
  }, everyMs)
  return { stop: () => clearInterval(timer) }
}

function memoryMiB(figures: Record<string, number>): number {
  return Object.entries(figures).reduce((sum, [name, mib]) => {
    return sum + (name.startsWith('memory ') ? mib : 0)
  }, 0)
}
