import { existsSync, readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

/** How long this process' control group was held back until now, in ms; undefined where it has no quota. */
type ReadHeldBackMs = () => number | undefined

/**
 * In which share of the time since it was last asked this process was held back, because it had used up
 * its share of the CPU; 0 where nobody tells. From the kernel's control groups, in version 1 or 2.
 */
export function createHeldBack(
  read: ReadHeldBackMs = readControlGroup,
  now = () => performance.now(),
) {
  let before = { atMs: now(), heldMs: read() ?? 0 }
  return (): number => {
    const atMs = now()
    const heldMs = read() ?? before.heldMs
    const share = (heldMs - before.heldMs) / Math.max(1, atMs - before.atMs)
    before = { atMs, heldMs }
    return Math.min(1, Math.max(0, share))
  }
}

/** Looked for each time: a process can be moved to another group. */
function readControlGroup(): number | undefined {
  try {
    const groups = readFileSync('/proc/self/cgroup', 'utf8')
    const file = statFilesOf(groups).find((one) => existsSync(one))
    return file === undefined ? undefined : heldBackMsIn(readFileSync(file, 'utf8'))
  } catch {
    return undefined // not Linux, or it has gone
  }
}

/** From a group's cpu.stat: microseconds in version 2, nanoseconds in version 1. */
export function heldBackMsIn(stat: string): number | undefined {
  const of = (field: string) => new RegExp(`^${field} (\\d+)$`, 'm').exec(stat)?.[1]
  const [usec, nsec] = [of('throttled_usec'), of('throttled_time')]
  if (usec !== undefined) return Number(usec) / 1e3
  return nsec === undefined ? undefined : Number(nsec) / 1e6
}

/**
 * Where the group's figures are: version 1 has a hierarchy for CPU, version 2 one for all. In a container
 * its own group can be the root of what it sees, whatever the name by which the kernel calls it.
 */
export function statFilesOf(groups: string): string[] {
  const first = /^\d+:(?:[^:\n]*,)?cpu(?:,[^:\n]*)?:(\/.*)$/m.exec(groups)?.[1]
  const second = /^0::(\/.*)$/m.exec(groups)?.[1]
  const files = [
    first === undefined ? undefined : `/sys/fs/cgroup/cpu${first}/cpu.stat`,
    second === undefined ? undefined : `/sys/fs/cgroup${second}/cpu.stat`,
    '/sys/fs/cgroup/cpu/cpu.stat',
    '/sys/fs/cgroup/cpu.stat',
  ]
  return files.filter((file) => file !== undefined).map((file) => file.replaceAll(/\/+/g, '/'))
}
