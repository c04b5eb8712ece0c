import { hostname } from 'node:os'
import {
  Background,
  parseEnv,
  Secret,
  ServiceEnv,
  ServiceUrls,
  tracesOf,
} from '@flashsale/service-kit/config.ts'
import { PostgresStandby } from '@flashsale/service-kit/timeline.ts'
import { z } from 'zod'

const Env = ServiceEnv.extend({
  DATABASE_URL: z.url(),
  POSTGRES_STANDBY: PostgresStandby.default('other'),
  KAFKA_BROKERS: z.string().transform((list) => list.split(',')),
  TOPIC_PREFIX: z.string().default(''),
  KAFKA_PARTITIONS: z.coerce.number().int().min(1).max(1000).default(6),
  BACKGROUND: Background,
  BANK_URL: z.url(),
  BANK_SECRET: Secret,
  INVENTORY_URL: ServiceUrls.optional(), // asked for the runtime configuration; without it, there is none
  CALLBACK_URL: z.url(), // where the bank calls back: the gateway
  CHECK_BACK_EVERY_MS: z.coerce.number().int().min(100).max(3_600_000).default(2000),
  PAYMENT_CAPTURED_VERSION: z.enum(['1', '2']).default('1'), // 2 once every order service reads it
  EXPIRE_CHECKOUT_AFTER_SECONDS: z.coerce.number().int().min(1).max(604_800).default(86_400),
})

export function readConfig(env: NodeJS.ProcessEnv) {
  const read = parseEnv(Env, env)
  return {
    host: read.HOST,
    port: read.PORT,
    drainMs: read.DRAIN_MS,
    logLevel: read.LOG_LEVEL,
    instance: read.INSTANCE ?? `payment-${hostname()}`,
    release: read.RELEASE,
    hasBackground: read.BACKGROUND === 'on',
    traces: tracesOf(read),
    faultsAllowed: read.FAULTS_ALLOWED,
    inventoryUrl: read.INVENTORY_URL,
    databaseUrl: read.DATABASE_URL,
    standby: read.POSTGRES_STANDBY,
    kafkaBrokers: read.KAFKA_BROKERS,
    topicPrefix: read.TOPIC_PREFIX,
    kafkaPartitions: read.KAFKA_PARTITIONS,
    bankUrl: read.BANK_URL,
    bankSecret: read.BANK_SECRET,
    callbackUrl: read.CALLBACK_URL,
    checkBackEveryMs: read.CHECK_BACK_EVERY_MS,
    capturedVersion: read.PAYMENT_CAPTURED_VERSION,
    expireCheckoutAfterSeconds: read.EXPIRE_CHECKOUT_AFTER_SECONDS,
  }
}
export type Config = ReturnType<typeof readConfig>
