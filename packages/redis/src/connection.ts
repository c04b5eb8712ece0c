import { readTls, type TlsFiles } from '@flashsale/service-kit/tls.ts'
import { Redis } from 'ioredis'
import { type RedisHealth, watchHealth } from './health.ts'
import { sentinelOptions } from './redis-url.ts'

export type { Redis } from 'ioredis'
export type WatchedRedis = Redis & { readonly health: RedisHealth }

const RECONNECT_MS_MAX = 250
const LOADED_AGAIN_MS = 50 // a server says how long it will still read its file, and is far off at that
const COMMAND_TIMEOUT_MS = 2_000
const BLOCKED_TIMEOUT_MS = 5_000 // of a server that vanished while a blocking read waited
const DEAD_AFTER_MS = 1_000 // more, and the connection itself is given up

export type RedisSettings = {
  /** The server, or its Sentinels: redis-url.ts. */
  url: string
  keyPrefix?: string
  /** For a `rediss` URL: whom to trust, and who we are. */
  tls?: TlsFiles | undefined
  /** Milliseconds after which an unanswered command is given up: its outcome is unknown (P8). */
  commandTimeoutMs?: number
  /** For blocking reads: they are given up after 5 s, whatever they asked for. */
  blocking?: boolean
  onError?: (error: Error) => void
}

/**
 * A connection that never waits for a server that is away and never sends a command twice: while it
 * is not ready a command fails at once, and one whose answer was lost fails as unknown.
 */
export function connectRedis(settings: RedisSettings): WatchedRedis {
  const { commandTimeoutMs = COMMAND_TIMEOUT_MS } = settings
  const options = {
    keyPrefix: settings.keyPrefix ?? '',
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 1_000,
    disableClientInfo: true, // two commands that nobody reads, and that a user would have to be allowed
    maxLoadingRetryTime: LOADED_AGAIN_MS,
    autoResubscribe: false, // it would tell nobody when it fails; who subscribes does it again
    retryStrategy: (tries: number) => Math.min(25 * tries, RECONNECT_MS_MAX),
    reconnectOnError: ({ message }: Error) => message.startsWith('READONLY'), // it is a replica by now
    // A connection that swallows what it is given is closed, with all that waits in it, and made anew.
    socketTimeout: (settings.blocking ? BLOCKED_TIMEOUT_MS : commandTimeoutMs) + DEAD_AFTER_MS,
    ...(settings.blocking
      ? { blockingTimeout: BLOCKED_TIMEOUT_MS }
      : { commandTimeout: commandTimeoutMs }),
  }
  const tls = settings.url.startsWith('rediss') ? readTls(settings.tls ?? {}) : undefined
  const bySentinels = sentinelOptions(settings.url, tls)
  const redis = bySentinels
    ? new Redis({ ...options, ...bySentinels })
    : new Redis(settings.url, { ...options, ...(tls && { tls }) })
  redis.on('error', settings.onError ?? (() => {})) // each failed command tells its own caller
  return Object.assign(redis, { health: watchHealth(redis) })
}

/** Resolves when commands can be sent; rejects after `timeoutMs`. */
export async function whenReady(redis: Redis, timeoutMs: number): Promise<void> {
  if (redis.status === 'ready') return
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => done(new Error('Redis is not ready')), timeoutMs)
    const onReady = () => done()
    const done = (error?: Error) => {
      clearTimeout(timer)
      redis.off('ready', onReady)
      error ? reject(error) : resolve()
    }
    redis.on('ready', onReady)
  })
}

/** Ends the connection without waiting for a server that is away. */
export async function closeRedis(redis: Redis): Promise<void> {
  if (redis.status === 'ready') await redis.quit().catch(() => {})
  redis.disconnect()
}
