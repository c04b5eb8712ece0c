import { readFileSync } from 'node:fs'
import { type CpuTimes, type Measured, msOfTicks, readCpu, ticksOf } from '../bench/cpu.ts'
import { descendants } from '../supervisor/process-tree.ts'

const databases = ['inventory', 'order', 'payment']

/** Reads CPU by process; Postgres' by database, and what its own workers do for all of them. */
export function cpuByPart(processes: () => readonly Measured[]): () => CpuTimes {
  const readPostgres = postgresCpu(databaseOf)
  return () => {
    const others = processes().filter(({ name }) => name !== 'postgres')
    const postgres = processes().find(({ name }) => name === 'postgres')
    const backends = (pid: number) =>
      [pid, ...descendants(pid)].map((one) => ({ pid: one, ms: msOfTicks(ticksOf(one)) }))
    return { ...readCpu(others), ...(postgres && readPostgres(backends(postgres.pid))) }
  }
}

type Backend = { pid: number; ms: number }

/**
 * What a backend took until it ended is its parent's from then on. What was read of it before stays
 * its database's, else a database would seem to have given time back.
 */
export function postgresCpu(databaseOf: (pid: number) => string | undefined) {
  const known = new Map<number, { name: string; ms: number }>()
  return (backends: readonly Backend[]): CpuTimes => {
    const names = [...databases, 'shared'].map((name) => `postgres: ${name}`)
    const times: Record<string, number> = Object.fromEntries(names.map((name) => [name, 0]))
    const add = (name: string, ms: number) => {
      times[name] = (times[name] ?? 0) + ms
    }
    for (const { pid, ms } of backends) {
      const before = known.get(pid)
      const name = before?.name ?? `postgres: ${databaseOf(pid) ?? 'shared'}`
      known.set(pid, { name, ms: Math.max(ms, before?.ms ?? 0) }) // 0 of one that ended while all were read
    }
    const there = new Set(backends.map(({ pid }) => pid))
    for (const [pid, { name, ms }] of known) {
      add(name, ms)
      if (!there.has(pid)) add('postgres: shared', -ms)
    }
    return times
  }
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
