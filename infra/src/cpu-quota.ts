import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { PlainError } from './plain-error.ts'
import { waitUntil } from './wait-until.ts'

const ROOT = '/sys/fs/cgroup'
const PERIOD_US = 10_000 // the kernel's 100 ms would stop a quarter core for 75 ms at a time
const EMPTY_TIMEOUT_MS = 5_000

/** Processes that together get no more than a share of one core. */
export type CpuQuota = {
  /** With all of its threads, and what it starts from now on. */
  add(pid: number): void
  /** For how many periods of 10 ms they were held back so far, out of how many they ran in. */
  throttled(): { periods: number; ofPeriods: number }
  /** After its processes have ended, or were given back to the whole machine. */
  remove(): Promise<void>
}

/** Needs root, and the kernel's control groups in version 1 or 2. */
export function createCpuQuota(name: string, cores: number): CpuQuota {
  const isFirst =
    existsSync(join(ROOT, 'cpu/cpu.cfs_quota_us')) || existsSync(join(ROOT, 'cpu/tasks'))
  const parent = isFirst ? join(ROOT, 'cpu') : ROOT
  const folder = join(parent, `flashsale-${name}-${process.pid}`)
  const quotaUs = Math.round(cores * PERIOD_US)
  try {
    if (!isFirst) appendFileSync(join(ROOT, 'cgroup.subtree_control'), '+cpu')
    mkdirSync(folder)
    if (isFirst) {
      writeFileSync(join(folder, 'cpu.cfs_period_us'), String(PERIOD_US))
      writeFileSync(join(folder, 'cpu.cfs_quota_us'), String(quotaUs))
    } else writeFileSync(join(folder, 'cpu.max'), `${quotaUs} ${PERIOD_US}`)
  } catch (error) {
    if (existsSync(folder)) rmdirSync(folder)
    throw new PlainError(
      `a share of a core can't be set here: it needs root and cgroups (${error})`,
    )
  }
  const move = (pid: number | string, to: string) =>
    writeFileSync(join(to, 'cgroup.procs'), String(pid))
  const members = () =>
    readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)

  return {
    add: (pid) => move(pid, folder),
    throttled() {
      const stat = readFileSync(join(folder, 'cpu.stat'), 'utf8')
      const of = (field: string) => Number(new RegExp(`^${field} (\\d+)`, 'm').exec(stat)?.[1] ?? 0)
      return { periods: of('nr_throttled'), ofPeriods: of('nr_periods') }
    },
    async remove() {
      for (const pid of members()) {
        try {
          move(pid, parent)
        } catch {
          // it has ended meanwhile
        }
      }
      await waitUntil(
        'a control group to be empty',
        async () => members().length === 0,
        EMPTY_TIMEOUT_MS,
      )
      rmdirSync(folder)
    },
  }
}
