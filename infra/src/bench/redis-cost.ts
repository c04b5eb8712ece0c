import type { Redis } from 'ioredis'

/** What Redis has spent so far, in microseconds. */
export type RedisCost = {
  /** In scripts, by its own clock: on a busy machine also while it did not run. */
  scriptUs: number
  /** CPU of the thread that runs commands, with all that it reads, writes and appends to its file. */
  cpuUs: number
}

export async function redisCost(redis: Redis): Promise<RedisCost> {
  const [commandstats, cpu] = await Promise.all([redis.info('commandstats'), redis.info('cpu')])
  return { scriptUs: scriptUsIn(commandstats), cpuUs: mainThreadUsIn(cpu) }
}

export function costBetween(before: RedisCost, after: RedisCost, attempts: number): RedisCost {
  return {
    scriptUs: (after.scriptUs - before.scriptUs) / attempts,
    cpuUs: (after.cpuUs - before.cpuUs) / attempts,
  }
}

/** Commands that a script calls are in the script's own time: they are not counted again. */
export function scriptUsIn(commandstats: string): number {
  const found = commandstats.matchAll(/^cmdstat_(?:evalsha|eval|fcall):calls=\d+,usec=(\d+)/gm)
  return [...found].reduce((sum, [, us]) => sum + Number(us), 0)
}

export function mainThreadUsIn(cpu: string): number {
  const found = cpu.matchAll(/^used_cpu_(?:sys|user)_main_thread:([\d.]+)/gm)
  return [...found].reduce((sum, [, seconds]) => sum + Number(seconds) * 1_000_000, 0)
}
