import { z } from 'zod'
import { checkTls, PemFile, StoresTls } from './store-env.ts'
import type { TlsFiles } from './tls.ts'

/** The client would take its own list of authorities for it. */
const namesNoTls = (text: string) => !URL.parse(text)?.searchParams.has('tls')

/** What a service that has Redis reads about it. */
export const redisEnv = {
  REDIS_URL: z.url().refine(namesNoTls, 'TLS is rediss://; certificates: REDIS_CA_FILE'),
  REDIS_KEY_PREFIX: z.string().max(64).default(''),
  REDIS_CA_FILE: PemFile,
  REDIS_CERT_FILE: PemFile,
  REDIS_KEY_FILE: PemFile,
  STORES_TLS: StoresTls,
}
type RedisSettings = z.output<z.ZodObject<typeof redisEnv>>

const isEncrypted = ({ REDIS_URL }: RedisSettings) => REDIS_URL.startsWith('rediss')

const filesOf = (settings: RedisSettings): TlsFiles => ({
  caFile: settings.REDIS_CA_FILE,
  certFile: settings.REDIS_CERT_FILE,
  keyFile: settings.REDIS_KEY_FILE,
})

export function checkRedis(settings: RedisSettings, context: z.core.$RefinementCtx): void {
  const store = { name: 'REDIS', setting: 'REDIS_URL', how: 'must begin with rediss' } as const
  const found = { isEncrypted: isEncrypted(settings), files: filesOf(settings) }
  checkTls({ ...store, ...found, tlsWanted: settings.STORES_TLS }, context)
}

export const redisOf = (settings: RedisSettings) => ({
  url: settings.REDIS_URL,
  keyPrefix: settings.REDIS_KEY_PREFIX,
  tls: isEncrypted(settings) ? filesOf(settings) : undefined,
})
