import { quantile } from '../bench/statistics.ts'
import { kinds } from './kinds.ts'
import type { Ending, Won } from './line.ts'

export type KindFigures = {
  name: string
  limit: string
  connections: number
  /** How they were ended, and how often. */
  endings: Record<string, number>
  endedAfterMs: { p50: number; max: number } | undefined
}

/** Counts what became of rude clients, by kind. */
export function createRudeTally() {
  const rows = new Map(
    kinds.map(({ name, limit }) => {
      return [
        name,
        { limit, connections: 0, endings: new Map<string, number>(), afterMs: [] as number[] },
      ]
    }),
  )
  const won: Won[] = []
  const rowOf = (name: string) => {
    const row = rows.get(name)
    if (!row) throw new Error(`${name} is no kind of client`)
    return row
  }
  return {
    won,
    began: (name: string) => void rowOf(name).connections++,
    ended(name: string, { how, afterMs }: Ending) {
      const row = rowOf(name)
      row.endings.set(how, (row.endings.get(how) ?? 0) + 1)
      row.afterMs.push(afterMs)
    },
    figures: (): KindFigures[] =>
      [...rows].map(([name, { limit, connections, endings, afterMs }]) => ({
        name,
        limit,
        connections,
        endings: Object.fromEntries([...endings].sort(([, one], [, other]) => other - one)),
        endedAfterMs:
          afterMs.length === 0
            ? undefined
            : { p50: quantile(afterMs, 0.5), max: quantile(afterMs, 1) },
      })),
  }
}
