import { hostname } from 'node:os'
import { parseEnv, Secret, ServiceEnv, tracesOf } from '@flashsale/service-kit/config.ts'
import { checkKafka, kafkaEnv, kafkaOf } from '@flashsale/service-kit/kafka-env.ts'
import { checkPostgres, postgresEnv, postgresOf } from '@flashsale/service-kit/postgres-env.ts'
import { z } from 'zod'

const Env = ServiceEnv.extend({
  ...postgresEnv,
  ...kafkaEnv,
  BANK_URL: z.url(),
  BANK_SECRET: Secret,
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
    traces: tracesOf(read),
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
