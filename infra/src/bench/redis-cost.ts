import type { Redis } from 'ioredis'

/** Microseconds that Redis spent in scripts, by its own count. */
export async function scriptUs(redis: Redis): Promise<number> {
  return scriptUsIn(await redis.info('commandstats'))
}

/** Commands that a script calls are in the script's own time: they are not counted again. */
export function scriptUsIn(commandstats: string): number {
  const found = commandstats.matchAll(/^cmdstat_(?:evalsha|eval|fcall):calls=\d+,usec=(\d+)/gm)
  return [...found].reduce((sum, [, us]) => sum + Number(us), 0)
}
