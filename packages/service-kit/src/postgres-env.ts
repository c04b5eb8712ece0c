import { z } from 'zod'
import { checkTls, PemFile, StoresTls } from './store-env.ts'
import { PostgresStandby } from './timeline.ts'
import type { TlsFiles } from './tls.ts'

const HOW = 'must end in ?sslmode=verify-full'

/** What else libpq and `pg` understand checks less than it says, or names files by itself. */
function isPlainlySaid(text: string): boolean {
  if (!URL.canParse(text)) return true
  const { searchParams } = new URL(text)
  const mode = searchParams.get('sslmode') ?? 'disable'
  const others = [...searchParams.keys()].filter((key) =>
    /^(ssl(?!mode$)|uselibpqcompat$|host)/.test(key),
  )
  return ['disable', 'verify-full'].includes(mode) && others.length === 0
}

/** What a service that has a database reads about it. */
export const postgresEnv = {
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .refine(isPlainlySaid, 'sslmode is verify-full, or disable; certificates: DATABASE_CA_FILE'),
  DATABASE_CA_FILE: PemFile,
  DATABASE_CERT_FILE: PemFile,
  DATABASE_KEY_FILE: PemFile,
  DATABASE_MIGRATE: z.enum(['run', 'wait']).default('run'), // wait: the role may not change tables, a job does
  POSTGRES_STANDBY: PostgresStandby.default('other'),
  STORES_TLS: StoresTls,
}
type PostgresSettings = z.output<z.ZodObject<typeof postgresEnv>>

export type DatabaseAddress = { url: string; tls?: TlsFiles | undefined }

/** What is no URL is told by its own rule, here and above. */
const isEncrypted = ({ DATABASE_URL }: PostgresSettings) =>
  URL.parse(DATABASE_URL)?.searchParams.get('sslmode') === 'verify-full'

const filesOf = (settings: PostgresSettings): TlsFiles => ({
  caFile: settings.DATABASE_CA_FILE,
  certFile: settings.DATABASE_CERT_FILE,
  keyFile: settings.DATABASE_KEY_FILE,
})

export function checkPostgres(settings: PostgresSettings, context: z.core.$RefinementCtx): void {
  const store = { name: 'DATABASE', setting: 'DATABASE_URL', how: HOW } as const
  const found = { isEncrypted: isEncrypted(settings), files: filesOf(settings) }
  checkTls({ ...store, ...found, tlsWanted: settings.STORES_TLS }, context)
}

export function postgresOf(settings: PostgresSettings) {
  const url = new URL(settings.DATABASE_URL)
  url.searchParams.delete('sslmode')
  return {
    url: url.href,
    tls: isEncrypted(settings) ? filesOf(settings) : undefined,
    migrate: settings.DATABASE_MIGRATE,
    standby: settings.POSTGRES_STANDBY,
  }
}
