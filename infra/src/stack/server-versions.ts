import { connect } from 'node:net'
import { refusalOf as redisRefusal } from '@flashsale/redis/oldest-version.ts'
import { refusalOf as postgresRefusal } from '@flashsale/service-kit/migrate.ts'
import { Redis } from 'ioredis'
import { PlainError } from '../plain-error.ts'
import { withPostgres } from '../with-postgres.ts'
import type { External } from './settings.ts'

const timeoutMs = 3_000
// Kafka does not say its version, but what it can do: this came with 3.9.
const addRaftVoter = 80

/** Fails in one line when a server that the environment names is too old; one that is away is not judged. */
export async function assertSupported({ postgres, redis, kafka }: External): Promise<void> {
  const [postgresIs, redisIs, apis] = await Promise.all([
    postgres && postgresVersion(postgres).catch(() => undefined),
    redis && redisVersion(redis).catch(() => undefined),
    kafka && kafkaApis(kafka.split(',')[0] ?? '').catch(() => undefined),
  ])
  const faults = [
    postgresIs && postgresRefusal(postgresIs),
    redisIs && redisRefusal(`redis_version:${redisIs}`),
    apis && kafkaRefusal(apis),
  ]
  const said = faults.filter((fault) => fault)
  if (said.length > 0) throw new PlainError(said.join('\n'))
}

export function kafkaRefusal(apis: number[]): string | undefined {
  if (apis.includes(addRaftVoter)) return undefined
  return 'this Kafka is too old: the oldest supported is 3.9'
}

export async function postgresVersion(url: string): Promise<string> {
  return withPostgres(url, async (client) => {
    const { rows } = await client.query<{ server_version: string }>('show server_version')
    return rows[0]?.server_version ?? '?'
  })
}

export async function redisVersion(url: string): Promise<string> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
  })
  redis.on('error', () => {}) // the command fails with it
  try {
    await redis.connect()
    return /^redis_version:(\S+)/m.exec(await redis.info('server'))?.[1] ?? '?'
  } finally {
    redis.disconnect()
  }
}

/** The keys of the requests that a broker takes: its answer to ApiVersions, version 0, read by hand. */
export function kafkaApis(broker: string): Promise<number[]> {
  const [host = '127.0.0.1', port = '9092'] = broker.split(':')
  const { promise, resolve, reject } = Promise.withResolvers<number[]>()
  const socket = connect({ host, port: Number(port), timeout: timeoutMs })
  let answer = Buffer.alloc(0)
  socket.on('connect', () => socket.write(apiVersionsRequest()))
  socket.on('data', (data) => {
    answer = Buffer.concat([answer, data])
    if (answer.length < 4 || answer.length < 4 + answer.readInt32BE(0)) return
    const [countAt, first, each] = [10, 14, 6]
    const keys = Array.from({ length: answer.readInt32BE(countAt) }, (_, index) =>
      answer.readInt16BE(first + index * each),
    )
    resolve(keys)
    socket.destroy()
  })
  socket.on('error', reject)
  socket.on('timeout', () => socket.destroy(new Error('no answer in time')))
  socket.on('close', () => reject(new Error('it closed the connection')))
  return promise
}

function apiVersionsRequest(): Buffer {
  const [key, version, correlation, client] = [18, 0, 1, 'flashsale']
  const request = Buffer.alloc(4 + 10 + client.length)
  request.writeInt32BE(10 + client.length, 0)
  request.writeInt16BE(key, 4)
  request.writeInt16BE(version, 6)
  request.writeInt32BE(correlation, 8)
  request.writeInt16BE(client.length, 12)
  request.write(client, 14)
  return request
}
