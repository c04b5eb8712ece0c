import { Redis } from 'ioredis'

const timeoutMs = 5_000

/** Makes a copy a server of its own, also after it is started again. */
export function promoteRedis(port: number): Promise<void> {
  return withRedis(port, async (redis) => {
    await redis.replicaof('NO', 'ONE')
    await redis.config('REWRITE')
  })
}

/** Makes a server a copy of another one: its own writes that the other lacks are gone. */
export function followRedis(port: number, masterPort: number): Promise<void> {
  return withRedis(port, async (redis) => {
    await redis.replicaof('127.0.0.1', masterPort)
    await redis.config('REWRITE')
  })
}

/** Whether a copy has its master's data and is connected to it. */
export function isFollowing(port: number): Promise<boolean> {
  return withRedis(port, async (redis) => {
    return (await redis.info('replication')).includes('master_link_status:up')
  }).catch(() => false)
}

async function withRedis<T>(port: number, work: (redis: Redis) => Promise<T>): Promise<T> {
  const options = { maxRetriesPerRequest: 1, connectTimeout: timeoutMs, commandTimeout: timeoutMs }
  const redis = new Redis({ port, host: '127.0.0.1', retryStrategy: () => null, ...options })
  redis.on('error', () => {}) // the command fails with it
  try {
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}
