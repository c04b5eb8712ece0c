import { kafkaClient } from '@flashsale/messaging/kafka-client.ts'
import { closeRedis, connectRedis } from '@flashsale/redis/connection.ts'
import { createDb } from '@flashsale/service-kit/db.ts'
import type { KafkaAddress } from '@flashsale/service-kit/kafka-env.ts'
import type { DatabaseAddress } from '@flashsale/service-kit/postgres-env.ts'
import { atMost } from '@flashsale/service-kit/wait.ts'
import { logLevel } from 'kafkajs'
import { quiet } from './quiet.ts'
import type { RedisAt } from './secure-redis.ts'

const WITHIN_MS = 10_000
const NOTHING = 'let in'

/** Why this address is not let in, by the code that services connect with; `let in` when it is. */
export async function postgresRefusal(at: DatabaseAddress): Promise<string> {
  const db = createDb(at, { max: 1 })
  const asked = db.query('select 1').then(() => NOTHING, messageOf)
  return asked.finally(db.close)
}

export async function redisRefusal({ url, tls }: { url: string; tls?: RedisAt['tls'] }) {
  const { promise, resolve } = Promise.withResolvers<string>()
  const redis = connectRedis({ url, tls, onError: (error) => resolve(messageOf(error)) })
  redis.on('ready', () => {
    redis.ping().then(
      () => resolve(NOTHING),
      (error) => resolve(messageOf(error)),
    )
  })
  redis.on('close', () => resolve('closed'))
  await atMost(WITHIN_MS, promise)
  await closeRedis(redis)
  resolve('no answer')
  return promise
}

export async function kafkaRefusal(at: KafkaAddress): Promise<string> {
  const options = { retry: { retries: 0 }, logLevel: logLevel.NOTHING, log: quiet }
  const admin = kafkaClient(at, options).admin()
  const ask = async () => {
    await admin.connect() // which versions there are is told to everybody
    await admin.listTopics()
  }
  const asked = ask().then(() => NOTHING, messageOf)
  return asked.finally(() => admin.disconnect().catch(() => {}))
}

/** With the causes behind it. */
function messageOf(error: Error): string {
  return error.cause instanceof Error
    ? `${error.message}: ${messageOf(error.cause)}`
    : error.message
}
