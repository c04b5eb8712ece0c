import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { descendants } from '../supervisor/process-tree.ts'

/** A process of the system with all that it started. */
export type Measured = { name: string; pid: number }
/** Milliseconds by name. */
export type CpuTimes = Readonly<Record<string, number>>

/** CPU time since each process began: in user mode and in the kernel, all threads and children. */
export function readCpu(processes: readonly Measured[]): CpuTimes {
  const times = processes.map(({ name, pid }) => {
    const ticks = [pid, ...descendants(pid)].map(ticksOf).reduce((sum, some) => sum + some, 0)
    return [name, msOfTicks(ticks)] as const
  })
  return Object.fromEntries(times)
}

export function cpuBetween(before: CpuTimes, after: CpuTimes): CpuTimes {
  const times = Object.entries(after).map(([name, ms]) => [name, ms - (before[name] ?? 0)] as const)
  return Object.fromEntries(times)
}

export const sumOf = (times: CpuTimes) => Object.values(times).reduce((sum, ms) => sum + ms, 0)

export const msOfTicks = (ticks: number) => (ticks * 1_000) / ticksPerSecond()

export function ticksOf(pid: number): number {
  try {
    return ticksIn(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return 0 // gone meanwhile: its parent has its time
  }
}

/**
 * Fields 14 to 17 of proc(5): the process' own time in user mode and in the kernel, and that of
 * children that have ended. The name before them is in brackets and may hold anything.
 */
export function ticksIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
}

let perSecond: number | undefined
export function ticksPerSecond(): number {
  perSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
  return perSecond
}
