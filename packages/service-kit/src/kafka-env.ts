import { z } from 'zod'
import { checkTls, PemFile, StoresTls } from './store-env.ts'
import type { TlsFiles } from './tls.ts'

/** What a service that has Kafka reads about it. */
export const kafkaEnv = {
  KAFKA_BROKERS: z
    .string()
    .min(1)
    .transform((list) => list.split(',')),
  TOPIC_PREFIX: z.string().max(100).default(''),
  KAFKA_PARTITIONS: z.coerce.number().int().min(1).max(1000).default(6),
  KAFKA_TOPICS: z.enum(['make', 'wait']).default('make'), // wait: the user may not make topics, others do
  KAFKA_TLS: z.enum(['true', 'false']).default('false'),
  KAFKA_CA_FILE: PemFile,
  KAFKA_CERT_FILE: PemFile,
  KAFKA_KEY_FILE: PemFile,
  KAFKA_SASL_USERNAME: z.string().min(1).optional(),
  KAFKA_SASL_PASSWORD: z.string().min(1).optional(),
  STORES_TLS: StoresTls,
}
type KafkaSettings = z.output<z.ZodObject<typeof kafkaEnv>>

/** Where the brokers are, how the connections are encrypted, and who asks. */
export type KafkaAddress = {
  brokers: string[]
  tls?: TlsFiles | undefined
  /** SCRAM-SHA-512. */
  user?: { username: string; password: string } | undefined
}

const isEncrypted = ({ KAFKA_TLS }: KafkaSettings) => KAFKA_TLS === 'true'

const filesOf = (settings: KafkaSettings): TlsFiles => ({
  caFile: settings.KAFKA_CA_FILE,
  certFile: settings.KAFKA_CERT_FILE,
  keyFile: settings.KAFKA_KEY_FILE,
})

export function checkKafka(settings: KafkaSettings, context: z.core.$RefinementCtx): void {
  const store = { name: 'KAFKA', setting: 'KAFKA_TLS', how: 'must be true' } as const
  const found = { isEncrypted: isEncrypted(settings), files: filesOf(settings) }
  checkTls({ ...store, ...found, tlsWanted: settings.STORES_TLS }, context)
  const { KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = settings
  const refuse = (message: string) =>
    context.addIssue({ code: 'custom', path: ['KAFKA_SASL_USERNAME'], message })
  if (!username !== !password) refuse('and KAFKA_SASL_PASSWORD are set together')
  // What a listener learns of it is enough to try passwords at leisure.
  if (username && !isEncrypted(settings)) refuse('is for TLS alone: KAFKA_TLS must be true')
}

export function kafkaOf(settings: KafkaSettings) {
  const { KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = settings
  return {
    brokers: settings.KAFKA_BROKERS,
    topicPrefix: settings.TOPIC_PREFIX,
    partitions: settings.KAFKA_PARTITIONS,
    topics: settings.KAFKA_TOPICS,
    tls: isEncrypted(settings) ? filesOf(settings) : undefined,
    user: username && password ? { username, password } : undefined,
  }
}
