import type { PartStatus } from '../supervisor/part.ts'
import type { ProcessFigures } from './read-processes.ts'

type Part = Pick<PartStatus, 'name' | 'pid'>
const generator = 'load generator'

/** CPU by part, over restarts: what a process used after the last look before its end is missing. */
export function createCpuMeter() {
  let last = new Map<string, number>()
  let used = new Map<string, number>()
  let startedAt = performance.now()
  let own = process.cpuUsage()

  return {
    reset(): void {
      used = new Map()
      last = new Map() // the next look is the first
      startedAt = performance.now()
      own = process.cpuUsage()
    },
    note(processes: readonly ProcessFigures[], parts: readonly Part[]): void {
      const pids = new Map(parts.map(({ name, pid }) => [name, pid]))
      const now = new Map<string, number>()
      for (const { name, cpuMs } of processes) {
        const id = `${name} ${pids.get(name)}`
        now.set(id, cpuMs)
        const since = last.size === 0 ? 0 : cpuMs - (last.get(id) ?? 0)
        used.set(name, (used.get(name) ?? 0) + Math.max(0, since))
      }
      last = now
    },
    /** Share of one core by part since `reset`, this process as the load generator. */
    cores(): Record<string, number> {
      const elapsedMs = performance.now() - startedAt
      const { user, system } = process.cpuUsage(own)
      const all = [...used, [generator, (user + system) / 1_000] as const]
      return Object.fromEntries(all.map(([name, ms]) => [name, ms / elapsedMs]))
    },
  }
}
export type CpuMeter = ReturnType<typeof createCpuMeter>
