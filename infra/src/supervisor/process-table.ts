import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** When this process began, in the system's own terms; undefined if there is no such process. */
export function processStart(pid: number): string | undefined {
  if (process.platform === 'linux') return linuxProcessStart(pid)
  try {
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
    return started.trim() || undefined
  } catch {
    return undefined
  }
}

function linuxProcessStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19] // a zombie is gone; field 22 of proc(5)
  } catch {
    return undefined
  }
}

export function isSameProcess(pid: number | null, started: string | null): boolean {
  return pid !== null && started !== null && processStart(pid) === started
}

/** Every part leads a group of its own: what can't be answered goes to the whole of it. */
export function signal(pid: number, name: NodeJS.Signals): void {
  const isForAll = ['SIGKILL', 'SIGSTOP', 'SIGCONT'].includes(name)
  for (const target of isForAll ? [-pid, pid] : [pid]) {
    try {
      process.kill(target, name)
    } catch {
      // gone already
    }
  }
}

/** True when the process has ended in time. */
export async function ended(pid: number, started: string, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  while (isSameProcess(pid, started)) {
    if (Date.now() > deadline) return false
    await sleep(25)
  }
  return true
}
