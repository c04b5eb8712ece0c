import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { signal } from './process-table.ts'

/**
 * To a process and all that it started: Postgres gives each of its workers a group of its own, so that
 * a signal to the server's group would leave them at work. The parent first: it starts no more then.
 */
export function signalTree(pid: number, name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
  const found = descendants(pid) // a dead parent has none, and one that goes on may end at once
  signal(pid, name)
  for (const child of new Set([...found, ...descendants(pid)])) signal(child, name)
}

export function descendants(pid: number): number[] {
  const children = Map.groupBy(processes(), ({ parent }) => parent)
  const found: number[] = []
  const queue = [pid]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const pids = (children.get(next) ?? []).map((child) => child.pid)
    found.push(...pids)
    queue.push(...pids)
  }
  return found
}

function processes(): { pid: number; parent: number }[] {
  if (process.platform !== 'linux') {
    const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).split('\n')
    return rows.map((row) => row.trim().split(/\s+/).map(Number)).map(toProcess)
  }
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => toProcess([Number(entry), parentOf(entry)]))
}

const toProcess = ([pid = 0, parent = 0]: number[]) => ({ pid, parent })

function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) // field 4 of proc(5)
  } catch {
    return 0 // gone meanwhile
  }
}
