import assert from 'node:assert/strict'
import { connectRedis, type Redis, whenReady } from '@flashsale/redis/connection.ts'
import type { SecureStores } from './secure-stores.ts'

const NOT_ALLOWED = /NOPERM|can't access|permission/i
const IN_A_SCRIPT = "return redis.call('HGET', KEYS[1], 'stock')"

type Call = [what: string, ...args: string[]]

/** Of both: what only an operator does. */
const forOperators: Call[] = [
  ['FLUSHALL'],
  ['FLUSHDB'],
  ['KEYS', '*'],
  ['SCAN', '0'],
  ['CONFIG', 'GET', 'requirepass'],
  ['ACL', 'LIST'],
  ['REPLICAOF', 'NO', 'ONE'],
  ['SCRIPT', 'FLUSH'],
  ['PSUBSCRIBE', '*'],
]

export async function assertRedisKeeps({ redis }: SecureStores, saleId: string): Promise<void> {
  const sale = `sale:{${saleId}:0}`
  await withUser(redis.address('gateway'), async (gateway) => {
    await refuses(gateway, 'gateway', [
      ...forOperators,
      ['HGET', sale, 'stock'],
      ['HGETALL', sale],
      ['HSET', sale, 'stock', '1000000'],
      ['DEL', sale],
      ['EVAL', IN_A_SCRIPT, '1', sale],
      ['EVAL', "return redis.call('HGET', ARGV[1], 'stock')", '0', sale], // named by no key
      ['RPUSH', `${sale}:e1:free`, '1'],
      ['XADD', `${sale}:e1:stream`, '*', 'hold', 'forged'],
      ['PUBLISH', 'others', '{}'],
      ['SUBSCRIBE', 'others'],
    ])
    assert.equal(await gateway.call('ZCARD', 'gateways:{limits}:none'), 0) // its own
  })
  await withUser(redis.address('inventory'), async (inventory) => {
    await refuses(inventory, 'inventory', [
      ...forOperators,
      ['ZCARD', 'gateways:{limits}:beats'],
      ['HGETALL', '{bans}:tokens'],
      ['UNLINK', '{bans}:buyers'],
      ['SUBSCRIBE', 'broadcast:sales'],
      ['PUBLISH', 'broadcast:bans', '{}'],
      ['DEL', sale],
      ['EXPIRE', sale, '1'], // no evidence lives under a time to live
      ['SET', sale, '1'],
    ])
    const stock = await inventory.call('HGET', sale, 'stock')
    assert.ok(Number(stock) > 0) // its own
  })
  await withUser(redis.address('recovery'), async (recovery) => {
    const others: Call[] = [
      ['GET', '{bans}:version'],
      ['XADD', `${sale}:e1:stream`, '*', 'a', 'b'],
    ]
    await refuses(recovery, 'recovery', [
      ...forOperators.filter(([what]) => what !== 'SCAN'),
      ...others,
    ])
  })
}

async function refuses(redis: Redis, user: string, calls: Call[]): Promise<void> {
  for (const [what, ...args] of calls) {
    const asked = redis.call(what, ...args)
    await assert.rejects(asked, NOT_ALLOWED, `${user}: ${[what, ...args].join(' ')}`)
  }
}

type At = ReturnType<SecureStores['redis']['address']>

async function withUser(at: At, work: (redis: Redis) => Promise<void>): Promise<void> {
  const redis = connectRedis(at)
  try {
    await whenReady(redis, 5_000)
    await work(redis)
  } finally {
    redis.disconnect()
  }
}
