import type { TlsOptions } from '@flashsale/service-kit/tls.ts'
import type { RedisOptions } from 'ioredis'

const SENTINEL_PORT = 26_379
const ASK_SENTINELS_AGAIN_MS = 250
type Options = Omit<RedisOptions, 'replyMapping'>
const SENTINEL_TIMEOUT_MS = 1_000

/**
 * Where the one server is that takes writes. `redis://` and `rediss://` name it; this form names Sentinels,
 * which are asked at each connection (TLS, for server and Sentinels alike, with `rediss+sentinel://`):
 *
 *   redis+sentinel://user:password@sentinel-1:26379/NAME?sentinel=sentinel-2:26379&sentinel=sentinel-3:26379
 *
 * Undefined for the first two: the client reads those itself.
 */
export function sentinelOptions(text: string, tls: TlsOptions = {}): Options | undefined {
  const url = new URL(text)
  if (url.protocol === 'redis:' || url.protocol === 'rediss:') return undefined
  if (url.protocol === 'redis+cluster:' || url.protocol === 'rediss+cluster:') {
    throw new Error(
      'REDIS_URL: a Redis Cluster is not read yet: a sale has one server that takes writes',
    )
  }
  if (url.protocol !== 'redis+sentinel:' && url.protocol !== 'rediss+sentinel:') {
    throw new Error('REDIS_URL: redis, rediss, redis+sentinel or rediss+sentinel comes before ://')
  }
  const name = decodeURIComponent(url.pathname.slice(1))
  if (name === '') throw new Error('REDIS_URL: after the first Sentinel comes /NAME of the primary')
  const isEncrypted = url.protocol === 'rediss+sentinel:'
  const others = url.searchParams.getAll('sentinel').map((one) => new URL(`redis://${one}`))
  return {
    name,
    sentinels: [url, ...others].map(addressOf),
    ...(url.username && { username: decodeURIComponent(url.username) }),
    ...(url.password && { password: decodeURIComponent(url.password) }),
    ...(isEncrypted && { tls, sentinelTLS: tls, enableTLSForSentinelMode: true }),
    sentinelRetryStrategy: () => ASK_SENTINELS_AGAIN_MS,
    sentinelCommandTimeout: SENTINEL_TIMEOUT_MS,
  }
}

const addressOf = ({ hostname, port }: URL) => ({
  host: hostname,
  port: port === '' ? SENTINEL_PORT : Number(port),
})
