import { hostname } from 'node:os'
import {
  Background,
  parseEnv,
  Secret,
  ServiceEnv,
  ServiceUrls,
  tracesOf,
} from '@flashsale/service-kit/config.ts'
import { checkKafka, kafkaEnv, kafkaOf } from '@flashsale/service-kit/kafka-env.ts'
import { checkPostgres, postgresEnv, postgresOf } from '@flashsale/service-kit/postgres-env.ts'
import { z } from 'zod'

const Env = ServiceEnv.extend({
  ...postgresEnv,
  ...kafkaEnv,
  BACKGROUND: Background,
  BANK_URL: z.url(),
  BANK_SECRET: Secret,
  INVENTORY_URL: ServiceUrls.optional(), // asked for the runtime configuration; without it, there is none
  CALLBACK_URL: z.url(), // where the bank calls back: the gateway
  CHECK_BACK_EVERY_MS: z.coerce.number().int().min(100).max(3_600_000).default(2000),
  PAYMENT_CAPTURED_VERSION: z.enum(['1', '2']).default('1'), // 2 once every order service reads it
  EXPIRE_CHECKOUT_AFTER_SECONDS: z.coerce.number().int().min(1).max(604_800).default(86_400),
})
  .superRefine(checkPostgres)
  .superRefine(checkKafka)

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
    database: postgresOf(read),
    kafka: kafkaOf(read),
    bankUrl: read.BANK_URL,
    bankSecret: read.BANK_SECRET,
    callbackUrl: read.CALLBACK_URL,
    checkBackEveryMs: read.CHECK_BACK_EVERY_MS,
    capturedVersion: read.PAYMENT_CAPTURED_VERSION,
    expireCheckoutAfterSeconds: read.EXPIRE_CHECKOUT_AFTER_SECONDS,
  }
}
export type Config = ReturnType<typeof readConfig>
