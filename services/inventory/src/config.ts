import { hostname } from 'node:os'
import {
  parseEnv,
  Secret,
  ServiceEnv,
  ServiceUrls,
  tracesOf,
} from '@flashsale/service-kit/config.ts'
import { checkKafka, kafkaEnv, kafkaOf } from '@flashsale/service-kit/kafka-env.ts'
import { checkPostgres, postgresEnv, postgresOf } from '@flashsale/service-kit/postgres-env.ts'
import { checkRedis, redisEnv, redisOf } from '@flashsale/service-kit/redis-env.ts'
import { z } from 'zod'
import { STREAM_ENTRIES_MAX } from './redis/reserve.ts'

const Env = ServiceEnv.extend({
  ...postgresEnv,
  ...redisEnv,
  ...kafkaEnv,
  STREAM_ENTRIES_MAX: z.coerce.number().int().min(1).max(1_000_000).default(STREAM_ENTRIES_MAX),
  ADMISSION_WAIT_MS_MAX: z.coerce.number().int().min(1_000).max(3_600_000).default(10_000), // docs/overload.md
  BUYERS_KEPT_DAYS: z.coerce.number().int().min(1).max(36_500).default(400), // after a sale was settled
  ERASURE_SECRET: Secret, // never changed: with another one a buyer would be two subjects
  ORDER_URL: ServiceUrls,
  PAYMENT_URL: ServiceUrls,
})
  .superRefine(checkPostgres)
  .superRefine(checkRedis)
  .superRefine(checkKafka)

export function readConfig(env: NodeJS.ProcessEnv) {
  const parsed = parseEnv(Env, env)
  return {
    host: parsed.HOST,
    port: parsed.PORT,
    drainMs: parsed.DRAIN_MS,
    logLevel: parsed.LOG_LEVEL,
    instance: parsed.INSTANCE ?? `inventory-${hostname()}`,
    release: parsed.RELEASE,
    traces: tracesOf(parsed),
    faultsAllowed: parsed.FAULTS_ALLOWED,
    database: postgresOf(parsed),
    redis: redisOf(parsed),
    kafka: kafkaOf(parsed),
    streamEntriesMax: parsed.STREAM_ENTRIES_MAX,
    admissionWaitMsMax: parsed.ADMISSION_WAIT_MS_MAX,
    buyersKeptDays: parsed.BUYERS_KEPT_DAYS,
    erasureSecret: parsed.ERASURE_SECRET,
    orderUrl: parsed.ORDER_URL,
    paymentUrl: parsed.PAYMENT_URL,
  }
}
