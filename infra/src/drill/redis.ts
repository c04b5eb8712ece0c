import { Redis } from 'ioredis'
import type { Stack } from '../stack/stack.ts'

const timeoutMs = 3_000
const lookEveryMs = 50 // whether it has read its file

type RedisName = ReturnType<Stack['redisMaster']>

/** A short talk with one of the two Redis servers, past every proxy. */
export async function withRedis<T>(
  stack: Stack,
  name: RedisName,
  work: (redis: Redis) => Promise<T>,
  giveUpMs = timeoutMs,
): Promise<T> {
  const part = stack.status().find((one) => one.name === name)
  const redis = new Redis(part?.url ?? '', {
    lazyConnect: true,
    connectTimeout: giveUpMs,
    commandTimeout: giveUpMs,
    maxLoadingRetryTime: lookEveryMs,
    retryStrategy: () => null,
  })
  redis.on('error', () => {}) // the command fails with it
  try {
    await redis.connect()
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}

/** All orders that this server knows of in these sales. */
export async function ordersInRedis(
  stack: Stack,
  name: RedisName,
  saleIds: readonly string[],
): Promise<Set<string>> {
  return await withRedis(stack, name, async (redis) => {
    const lists = saleIds.map(async (saleId) =>
      redis.hkeys(await epochKey(redis, saleId, 'orders')),
    )
    return new Set((await Promise.all(lists)).flat())
  })
}

/** Orders whose entries wait in the streams of these sales. */
export async function ordersInStreams(stack: Stack, saleIds: readonly string[]): Promise<string[]> {
  return await withRedis(stack, stack.redisMaster(), async (redis) => {
    const lists = saleIds.map(async (saleId) => {
      const entries = await redis.xrange(await epochKey(redis, saleId, 'stream'), '-', '+')
      const holds = entries.filter(([, fields]) => fields.includes('hold')) // others are withdrawals
      return holds.flatMap(([, fields]) => fields[fields.indexOf('hold') + 1]?.split(' ')[0] ?? [])
    })
    return (await Promise.all(lists)).flat()
  })
}

export async function redisEpochs(
  stack: Stack,
  saleIds: readonly string[],
): Promise<Map<string, number>> {
  return await withRedis(stack, stack.redisMaster(), async (redis) => {
    const pairs = saleIds.map(async (saleId) => {
      return [saleId, Number(await redis.hget(saleKey(saleId), 'epoch'))] as const
    })
    return new Map(await Promise.all(pairs))
  })
}

export const saleKey = (saleId: string) => `sale:{${saleId}:0}`

/** Every sale of a drill has one segment; its keys are named by the epoch in use. */
async function epochKey(redis: Redis, saleId: string, name: string): Promise<string> {
  const sale = saleKey(saleId)
  return `${sale}:e${await redis.hget(sale, 'epoch')}:${name}`
}
