import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { randomSecret } from '@flashsale/test-kit/random.ts'
import { createAuthority } from './certificates.ts'
import { startSecureKafka } from './secure-kafka.ts'
import { type Role, startSecurePostgres } from './secure-postgres.ts'
import { startSecureRedis } from './secure-redis.ts'

const KAFKA_USERS = ['inventory', 'order', 'payment', 'recovery', 'lag', 'admin']
const REDIS_USERS = ['gateway', 'inventory', 'recovery', 'operator']

type Env = Record<string, string>
export type SecureStores = Awaited<ReturnType<typeof startSecureStores>>

/** Postgres, Redis and Kafka as docs/store-access.md wants them, with certificates of the test's own. */
export async function startSecureStores(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'flashsale-secure-'))
  const authority = createAuthority('Stores of a test')
  const caFile = join(folder, 'authority.pem')
  await writeFile(caFile, authority.cert)
  const strangerFile = join(folder, 'stranger.pem') // another authority of the same name
  await writeFile(strangerFile, createAuthority('Stores of a test').cert)

  const [redisPasswords, kafkaPasswords] = [REDIS_USERS, KAFKA_USERS].map(secretsOf)
  const common = { folder, authority, caFile }
  const [postgres, redis, kafka] = await Promise.all([
    startSecurePostgres(t, common),
    startSecureRedis(t, { ...common, passwords: redisPasswords ?? {} }),
    startSecureKafka(t, { ...common, passwords: kafkaPasswords ?? {} }),
  ])
  t.after(() => rm(folder, { recursive: true, force: true })) // after the servers

  const ofRedis = (user: string): Env => ({
    REDIS_URL: redis.address(user).url,
    REDIS_CA_FILE: caFile,
    REDIS_KEY_PREFIX: '',
  })
  const ofKafka = (user: string): Env => ({
    KAFKA_BROKERS: kafka.address(user).brokers.join(','),
    KAFKA_TLS: 'true',
    KAFKA_CA_FILE: caFile,
    KAFKA_SASL_USERNAME: user,
    KAFKA_SASL_PASSWORD: kafka.address(user).user?.password ?? '',
    KAFKA_TOPICS: 'wait',
    KAFKA_PARTITIONS: '6',
    TOPIC_PREFIX: '',
  })
  const runs = { STORES_TLS: 'required', DATABASE_MIGRATE: 'wait' }
  const service = (role: Role) => ({ ...runs, ...postgres.settingsFor(role) })
  return {
    postgres,
    redis,
    kafka,
    caFile,
    strangerFile,
    /** Each service as the least that it has to be. */
    serviceEnv: {
      gateway: { STORES_TLS: 'required', ...ofRedis('gateway') },
      inventory: {
        ...service('inventory_runtime'),
        ...ofRedis('inventory'),
        ...ofKafka('inventory'),
      },
      order: { ...service('order_runtime'), ...ofKafka('order') },
      payment: { ...service('payment_runtime'), ...ofKafka('payment') },
    },
    /** A person who recovers: owner of the tables, and a reader of all that was told. */
    recoveryEnv: {
      inventory: { ...service('inventory'), ...ofRedis('recovery'), ...ofKafka('recovery') },
      order: { ...service('order'), ...ofKafka('recovery') },
      payment: { ...service('payment'), ...ofKafka('recovery') },
    },
    /** Everything that must never be told. */
    secrets: [
      ...Object.values(postgres.passwords),
      ...Object.values({ ...redisPasswords }),
      ...Object.values({ ...kafkaPasswords }),
    ],
  }
}

const secretsOf = (names: string[]) =>
  Object.fromEntries(names.map((name) => [name, randomSecret()]))
