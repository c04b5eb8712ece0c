import { hostname } from 'node:os'
import {
  Background,
  parseEnv,
  ServiceEnv,
  ServiceUrls,
  tracesOf,
} from '@flashsale/service-kit/config.ts'
import { PostgresStandby } from '@flashsale/service-kit/timeline.ts'
import { z } from 'zod'

const Env = ServiceEnv.extend({
  INSTANCE: ServiceEnv.shape.INSTANCE.default(() => `order-${hostname()}`),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  POSTGRES_STANDBY: PostgresStandby.default('other'),
  KAFKA_BROKERS: z
    .string()
    .min(1)
    .transform((list) => list.split(',')),
  TOPIC_PREFIX: z.string().max(100).default(''),
  BACKGROUND: Background,
  KAFKA_PARTITIONS: z.coerce.number().int().min(1).max(1000).default(6),
  INVENTORY_URL: ServiceUrls,
})

export function readConfig(env: NodeJS.ProcessEnv) {
  const { HOST, PORT, DRAIN_MS, LOG_LEVEL, INSTANCE, ...parsed } = parseEnv(Env, env)
  return {
    host: HOST,
    port: PORT,
    drainMs: DRAIN_MS,
    logLevel: LOG_LEVEL,
    instance: INSTANCE,
    release: parsed.RELEASE,
    hasBackground: parsed.BACKGROUND === 'on',
    traces: tracesOf(parsed),
    faultsAllowed: parsed.FAULTS_ALLOWED,
    databaseUrl: parsed.DATABASE_URL,
    standby: parsed.POSTGRES_STANDBY,
    kafkaBrokers: parsed.KAFKA_BROKERS,
    topicPrefix: parsed.TOPIC_PREFIX,
    kafkaPartitions: parsed.KAFKA_PARTITIONS,
    inventoryUrl: parsed.INVENTORY_URL,
  }
}
