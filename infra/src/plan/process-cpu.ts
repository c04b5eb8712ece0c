import { readFileSync } from 'node:fs'
import { type CpuTimes, type Measured, msOfTicks, readCpu, ticksOf } from '../bench/cpu.ts'
import { descendants } from '../supervisor/process-tree.ts'

const databases = ['inventory', 'order', 'payment']

/** CPU by process; Postgres' by database, and what its own workers do for all of them. */
export function readCpuByPart(processes: readonly Measured[]): CpuTimes {
  const others = processes.filter(({ name }) => name !== 'postgres')
  const postgres = processes.find(({ name }) => name === 'postgres')
  return { ...readCpu(others), ...(postgres && readPostgres(postgres.pid)) }
}

function readPostgres(pid: number): CpuTimes {
  const names = [...databases, 'shared'].map((name) => `postgres: ${name}`)
  const times: Record<string, number> = Object.fromEntries(names.map((name) => [name, 0]))
  for (const one of [pid, ...descendants(pid)]) {
    const name = `postgres: ${databaseOf(one) ?? 'shared'}`
    times[name] = (times[name] ?? 0) + msOfTicks(ticksOf(one))
  }
  return times
}

/** A backend names its user and its database: `postgres: order order 127.0.0.1(40112) idle`. */
function databaseOf(pid: number): string | undefined {
  const [, , database] = titleOf(pid).split(' ')
  return databases.find((name) => name === database)
}

function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return '' // gone meanwhile
  }
}

/** Resident memory of a process, in MiB. */
export function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1_024
}
