import type { KafkaAddress } from '@flashsale/service-kit/kafka-env.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { readTls } from '@flashsale/service-kit/tls.ts'
import { Kafka, type KafkaConfig } from 'kafkajs'
import { kafkaLog } from './kafka-log.ts'

type Options = Omit<KafkaConfig, 'brokers' | 'ssl' | 'sasl' | 'logCreator'> & { log: Log }

/** The library, with connections that are encrypted and named as the address says. */
export function kafkaClient({ brokers, tls, user }: KafkaAddress, { log, ...options }: Options) {
  return new Kafka({
    ...options,
    brokers,
    ...(tls && { ssl: readTls(tls) }),
    ...(user && { sasl: { mechanism: 'scram-sha-512', ...user } }),
    logCreator: kafkaLog(log),
  })
}
