import { Redis } from 'ioredis'
import type { Stack } from '../stack/stack.ts'

const timeoutMs = 3_000

/** One command to the Redis that the services use, past its proxy. */
export async function tellRedis(stack: Stack, [command = '', ...args]: string[]): Promise<unknown> {
  const master = stack.status().find(({ name }) => name === stack.redisMaster())
  const redis = new Redis(master?.url ?? stack.addresses.redis, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    retryStrategy: () => null,
  })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return await redis.call(command, ...args)
  } finally {
    redis.disconnect()
  }
}
