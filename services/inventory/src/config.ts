import { hostname } from 'node:os'
import {
  parseEnv,
  Secret,
  ServiceEnv,
  ServiceUrls,
  tracesOf,
} from '@flashsale/service-kit/config.ts'
import { PostgresStandby } from '@flashsale/service-kit/timeline.ts'
import { z } from 'zod'
import { STREAM_ENTRIES_MAX } from './redis/reserve.ts'

const Env = ServiceEnv.extend({
  DATABASE_URL: z.url(),
  POSTGRES_STANDBY: PostgresStandby.default('other'),
  REDIS_URL: z.url(),
  REDIS_KEY_PREFIX: z.string().max(64).default(''),
  KAFKA_BROKERS: z.string().transform((list) => list.split(',')),
  TOPIC_PREFIX: z.string().max(64).default(''),
  KAFKA_PARTITIONS: z.coerce.number().int().min(1).max(256).default(6),
  STREAM_ENTRIES_MAX: z.coerce.number().int().min(1).max(1_000_000).default(STREAM_ENTRIES_MAX),
  ADMISSION_WAIT_MS_MAX: z.coerce.number().int().min(1_000).max(3_600_000).default(10_000), // docs/overload.md
  BUYERS_KEPT_DAYS: z.coerce.number().int().min(1).max(36_500).default(400), // after a sale was settled
  ERASURE_SECRET: Secret, // never changed: with another one a buyer would be two subjects
  ORDER_URL: ServiceUrls,
  PAYMENT_URL: ServiceUrls,
})

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
    databaseUrl: parsed.DATABASE_URL,
    standby: parsed.POSTGRES_STANDBY,
    redis: { url: parsed.REDIS_URL, keyPrefix: parsed.REDIS_KEY_PREFIX },
    kafka: {
      brokers: parsed.KAFKA_BROKERS,
      topicPrefix: parsed.TOPIC_PREFIX,
      partitions: parsed.KAFKA_PARTITIONS,
    },
    streamEntriesMax: parsed.STREAM_ENTRIES_MAX,
    admissionWaitMsMax: parsed.ADMISSION_WAIT_MS_MAX,
    buyersKeptDays: parsed.BUYERS_KEPT_DAYS,
    erasureSecret: parsed.ERASURE_SECRET,
    orderUrl: parsed.ORDER_URL,
    paymentUrl: parsed.PAYMENT_URL,
  }
}
