import { hostname } from 'node:os'
import {
  Background,
  parseEnv,
  ServiceEnv,
  ServiceUrls,
  tracesOf,
} from '@flashsale/service-kit/config.ts'
import { checkKafka, kafkaEnv, kafkaOf } from '@flashsale/service-kit/kafka-env.ts'
import { checkPostgres, postgresEnv, postgresOf } from '@flashsale/service-kit/postgres-env.ts'

const Env = ServiceEnv.extend({
  INSTANCE: ServiceEnv.shape.INSTANCE.default(() => `order-${hostname()}`),
  ...postgresEnv,
  ...kafkaEnv,
  BACKGROUND: Background,
  INVENTORY_URL: ServiceUrls,
})
  .superRefine(checkPostgres)
  .superRefine(checkKafka)

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
    database: postgresOf(parsed),
    kafka: kafkaOf(parsed),
    inventoryUrl: parsed.INVENTORY_URL,
  }
}
