import { readdir, readFile } from 'node:fs/promises'
import { ticksIn, ticksPerSecond } from '../bench/cpu.ts'
import type { PartStatus } from '../supervisor/part.ts'
import { descendants } from '../supervisor/process-tree.ts'
import { besideTheHeapMiB } from './beside-the-heap.ts'

export type ProcessFigures = {
  name: string
  memoryMiB: number
  fds: number
  cpuMs: number
  /** Of a service, which is a Node process. */
  besideTheHeapMiB?: number
}

/** What the kernel says of every part: memory, open files, CPU since it began. Linux only. */
export async function readProcesses(parts: readonly PartStatus[]): Promise<ProcessFigures[]> {
  const found = parts.map(async ({ name, kind, pid }) => {
    if (pid === null) return undefined
    const [part, beside] = await Promise.all([
      readPart(name, pid),
      kind === 'service' ? readBesideTheHeap(pid) : undefined,
    ])
    return part && beside !== undefined ? { ...part, besideTheHeapMiB: beside } : part
  })
  return (await Promise.all(found)).filter((one) => one !== undefined)
}

async function readBesideTheHeap(pid: number): Promise<number | undefined> {
  try {
    return besideTheHeapMiB(await readFile(`/proc/${pid}/smaps`, 'utf8'))
  } catch {
    return undefined // gone meanwhile
  }
}

/** Postgres is many processes, which share much of their memory: each is counted for its part of it. */
async function readPart(name: string, pid: number): Promise<ProcessFigures | undefined> {
  const pids = name.startsWith('postgres') ? [pid, ...descendants(pid)] : [pid]
  const each = await Promise.all(pids.map(readOne))
  const there = each.filter((one) => one !== undefined)
  if (there.length === 0) return undefined // it has just been killed
  const sum = (of: (one: (typeof there)[number]) => number) =>
    there.reduce((total, one) => total + of(one), 0)
  return {
    name,
    memoryMiB: sum(({ memoryMiB }) => memoryMiB),
    fds: sum(({ fds }) => fds),
    cpuMs: sum(({ cpuMs }) => cpuMs),
  }
}

async function readOne(pid: number) {
  try {
    const [rollup, fds, stat] = await Promise.all([
      readFile(`/proc/${pid}/smaps_rollup`, 'utf8'),
      readdir(`/proc/${pid}/fd`),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ])
    const memoryMiB = Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) / 1_024
    return { memoryMiB, fds: fds.length, cpuMs: (ticksIn(stat) * 1_000) / ticksPerSecond() }
  } catch {
    return undefined // gone meanwhile
  }
}
