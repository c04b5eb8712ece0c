import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { parseEnv } from '../src/config.ts'
import { checkKafka, kafkaEnv, kafkaOf } from '../src/kafka-env.ts'
import { checkPostgres, postgresEnv, postgresOf } from '../src/postgres-env.ts'
import { checkRedis, redisEnv, redisOf } from '../src/redis-env.ts'

const Env = z
  .object({ ...postgresEnv, ...redisEnv, ...kafkaEnv })
  .superRefine(checkPostgres)
  .superRefine(checkRedis)
  .superRefine(checkKafka)

const plain = {
  DATABASE_URL: 'postgres://order:hidden@db.example:5432/order',
  REDIS_URL: 'redis://gateway:hidden@redis.example:6379',
  KAFKA_BROKERS: 'kafka-1.example:9092,kafka-2.example:9092',
}
const secure = {
  DATABASE_URL: `${plain.DATABASE_URL}?sslmode=verify-full`,
  DATABASE_CA_FILE: '/authorities/postgres.pem',
  REDIS_URL: plain.REDIS_URL.replace('redis:', 'rediss:'),
  REDIS_CA_FILE: '/authorities/redis.pem',
  KAFKA_BROKERS: plain.KAFKA_BROKERS,
  KAFKA_TLS: 'true',
  KAFKA_CA_FILE: '/authorities/kafka.pem',
  KAFKA_SASL_USERNAME: 'order',
  KAFKA_SASL_PASSWORD: 'hidden',
  STORES_TLS: 'required',
}

type Settings = Record<string, string | undefined>
const read = (settings: Settings) => parseEnv(Env, settings)

function refused(settings: Settings, ...names: string[]) {
  assert.throws(
    () => read(settings),
    ({ message }: Error) => {
      for (const name of names) assert.match(message, new RegExp(`^  ${name}: `, 'm'))
      assert.doesNotMatch(message, /hidden/)
      return true
    },
  )
}

test('in plain text there is nothing to say, and nothing is asked of a server', () => {
  const settings = read(plain)
  const { tls, migrate, standby } = postgresOf(settings)
  assert.deepEqual([tls, migrate, standby], [undefined, 'run', 'other'])
  assert.equal(redisOf(settings).tls, undefined)
  const { brokers, topics, user, tls: ofKafka } = kafkaOf(settings)
  assert.deepEqual([brokers.length, topics, user, ofKafka], [2, 'make', undefined, undefined])
})

test('each store has authorities of its own, and the database its address without the words for TLS', () => {
  const settings = read(secure)
  const files = (caFile: string) => ({ caFile, certFile: undefined, keyFile: undefined })
  const { url, tls } = postgresOf(settings)
  assert.deepEqual({ url, tls }, { url: plain.DATABASE_URL, tls: files(secure.DATABASE_CA_FILE) })
  assert.deepEqual(redisOf(settings).tls, files(secure.REDIS_CA_FILE))
  const { tls: ofKafka, user } = kafkaOf(settings)
  assert.deepEqual(ofKafka, files(secure.KAFKA_CA_FILE))
  assert.deepEqual(user, { username: 'order', password: 'hidden' })
  assert.ok(read({ ...secure, REDIS_CA_FILE: undefined })) // authorities that Node knows
})

test('where TLS is required, no store in plain text is started with', () => {
  refused({ ...plain, STORES_TLS: 'required' }, 'DATABASE_URL', 'REDIS_URL', 'KAFKA_TLS')
  refused({ ...secure, DATABASE_URL: `${plain.DATABASE_URL}?sslmode=disable` }, 'DATABASE_URL')
  refused({ ...secure, REDIS_URL: 'redis+sentinel://s.example/NAME' }, 'REDIS_URL')
  assert.ok(read({ ...secure, REDIS_URL: 'rediss+sentinel://s.example/NAME' }))
})

test('a way to TLS that checks less is refused, whatever libraries make of it', () => {
  for (const words of [
    ...['sslmode=require', 'sslmode=prefer', 'sslmode=verify-ca', 'sslmode=no-verify'],
    ...['ssl=true', 'sslmode=verify-full&uselibpqcompat=true', 'sslrootcert=/tmp/ca.pem'],
    'sslmode=verify-full&host=elsewhere.example',
  ]) {
    refused({ ...plain, DATABASE_URL: `${plain.DATABASE_URL}?${words}` }, 'DATABASE_URL')
  }
  refused({ ...plain, REDIS_URL: `${secure.REDIS_URL}?tls=RedisCloudFixed` }, 'REDIS_URL')
})

test('what is no address at all is told without being shown', () => {
  refused({ ...plain, DATABASE_URL: '//order:hidden@db.example' }, 'DATABASE_URL')
  refused({ ...plain, DATABASE_URL: 'mysql://order:hidden@db.example' }, 'DATABASE_URL')
  refused({ ...secure, REDIS_URL: '//gateway:hidden@redis.example' }, 'REDIS_URL')
})

test('what contradicts itself is refused', () => {
  for (const name of ['DATABASE_CA_FILE', 'REDIS_CA_FILE', 'KAFKA_CA_FILE', 'KAFKA_KEY_FILE']) {
    refused({ ...plain, [name]: '/some.pem' }, name) // it looks as if somebody were checked
  }
  for (const store of ['DATABASE', 'REDIS', 'KAFKA']) {
    refused({ ...secure, [`${store}_CERT_FILE`]: '/own.pem' }, `${store}_CERT_FILE`)
    refused({ ...secure, [`${store}_KEY_FILE`]: '/own.pem' }, `${store}_CERT_FILE`)
  }
  refused({ ...secure, KAFKA_SASL_PASSWORD: undefined }, 'KAFKA_SASL_USERNAME')
  refused({ ...secure, KAFKA_SASL_USERNAME: undefined }, 'KAFKA_SASL_USERNAME')
  const inPlain = { KAFKA_SASL_USERNAME: 'order', KAFKA_SASL_PASSWORD: 'hidden' }
  refused({ ...plain, ...inPlain }, 'KAFKA_SASL_USERNAME')
})
