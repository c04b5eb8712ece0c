import assert from 'node:assert/strict'
import { connectRedis, whenReady } from '@flashsale/redis/connection.ts'
import { kafkaRefusal, postgresRefusal, redisRefusal } from './refusals.ts'
import type { SecureStores } from './secure-stores.ts'

const CUT_OFF = /closed|ECONNRESET|hang up|timed? ?out/i
const NOT_TRUSTED = /certificate/
const OTHER_NAME = /altnames/

type Case = [who: string, refusal: Promise<string>, why: RegExp]

/** Whoever does not show what is asked, or is not who he says: each by the code of the services. */
export async function assertOthersStayOut(stores: SecureStores): Promise<void> {
  for (const [who, refusal, why] of [...atPostgres(stores), ...atRedis(stores), ...atKafka(stores)])
    assert.match(await refusal, why, who)
  await forgetRefusals(stores)
}

function atPostgres({ postgres, caFile, strangerFile }: SecureStores): Case[] {
  const url = postgres.url('order_runtime', 'order').replace('?sslmode=verify-full', '')
  const tls = { caFile }
  const elsewhere = url.replace('127.0.0.1', 'localhost')
  const guessed = url.replace(postgres.passwords.order_runtime, 'guessed')
  return [
    ['who is known', postgresRefusal({ url, tls }), /^let in$/],
    ['authority', postgresRefusal({ url, tls: { caFile: strangerFile } }), NOT_TRUSTED],
    ['no authority', postgresRefusal({ url, tls: {} }), NOT_TRUSTED],
    ['name of the server', postgresRefusal({ url: elsewhere, tls }), OTHER_NAME],
    ['plain text', postgresRefusal({ url }), /no encryption/],
    ['password', postgresRefusal({ url: guessed, tls }), /password authentication failed/],
  ]
}

function atRedis({ redis, caFile, strangerFile }: SecureStores): Case[] {
  const { url } = redis.address('gateway')
  const tls = { caFile }
  const guessed = new URL(url)
  guessed.password = 'guessed'
  const nameless = `rediss://127.0.0.1:${redis.port}`
  return [
    ['who is known', redisRefusal({ url, tls }), /^let in$/],
    ['authority', redisRefusal({ url, tls: { caFile: strangerFile } }), NOT_TRUSTED],
    ['no authority', redisRefusal({ url }), NOT_TRUSTED],
    ['name', redisRefusal({ url: url.replace('127.0.0.1', 'localhost'), tls }), OTHER_NAME],
    ['plain text', redisRefusal({ url: url.replace('rediss', 'redis') }), CUT_OFF],
    ['password', redisRefusal({ url: guessed.href, tls }), /WRONGPASS/],
    ['nobody', redisRefusal({ url: nameless, tls }), /NOAUTH/],
  ]
}

function atKafka({ kafka, strangerFile }: SecureStores): Case[] {
  const at = kafka.address('order')
  const user = { username: 'order', password: 'guessed' }
  const brokers = at.brokers.map((broker) => broker.replace('127.0.0.1', 'localhost'))
  return [
    ['who is known', kafkaRefusal(at), /^let in$/],
    ['authority', kafkaRefusal({ ...at, tls: { caFile: strangerFile } }), NOT_TRUSTED],
    ['no authority', kafkaRefusal({ ...at, tls: {} }), NOT_TRUSTED],
    ['name of the server', kafkaRefusal({ ...at, brokers }), OTHER_NAME],
    ['plain text', kafkaRefusal({ ...at, tls: undefined }), CUT_OFF],
    ['password', kafkaRefusal({ ...at, user }), /authentication failed/i],
    ['nobody', kafkaRefusal({ ...at, user: undefined }), CUT_OFF],
  ]
}

/** Redis keeps a list of them, which must stay empty while the system works. */
export async function forgetRefusals({ redis }: SecureStores): Promise<void> {
  await asOperator(redis, (operator) => operator.acl('LOG', 'RESET'))
}

export async function redisRefusals({ redis }: SecureStores): Promise<unknown[]> {
  return asOperator(redis, async (operator) => (await operator.acl('LOG')) as unknown[])
}

async function asOperator<T>(
  redis: SecureStores['redis'],
  work: (operator: ReturnType<typeof connectRedis>) => Promise<T>,
): Promise<T> {
  const operator = connectRedis(redis.address('operator'))
  try {
    await whenReady(operator, 5_000)
    return await work(operator)
  } finally {
    operator.disconnect()
  }
}
