import { z } from 'zod'

const SECRET_BYTES_MIN = 32
// Every secret in .env.example says that it is one: those are public and protect nothing.
const PUBLISHED = /example|change-?me/i

/** Has no default, is long enough, and is not a value that anyone can read in .env.example. */
export const Secret = z
  .string()
  .refine(
    (value) => Buffer.byteLength(value) >= SECRET_BYTES_MIN,
    `must have at least ${SECRET_BYTES_MIN} bytes`,
  )
  .refine((value) => !PUBLISHED.test(value), 'is a value of .env.example, make a random one')

const DRAIN_MS = { usual: 2_000, most: 4_000 } // the whole end may take 10 s

const ServiceUrl = z.url({ protocol: /^https?$/ })

/** Where a service is: a URL, or one of each of its instances, parted by commas. */
export const ServiceUrls = z
  .string()
  .refine(
    (list) => list.split(',').every((url) => ServiceUrl.safeParse(url.trim()).success),
    'must be an HTTP URL, or several parted by commas',
  )

/** What every service reads: its own schema is `ServiceEnv.extend({ ... })`. */
export const ServiceEnv = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  DRAIN_MS: z.coerce.number().int().min(0).max(DRAIN_MS.most).default(DRAIN_MS.usual), // how long it still takes requests when asked to end: longer than others need to see that it is not ready
  TRACES_URL: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]).default(''), // none where it is empty
  TRACES_SAMPLE_RATIO: z.coerce.number().min(0).max(1).default(0.01), // the same for all services
  FAULTS_ALLOWED: z.stringbool().default(false), // planted by the runtime configuration; never in production
  RELEASE: z
    .string()
    .regex(/^[\w.+-]{0,64}$/)
    .transform((name) => name || undefined)
    .optional(), // which one this is, told to services that call it
  INSTANCE: z.string().min(1).max(64).optional(), // names its leases and its share of streams: never the same in two; `<service>-<host>`
})

/**
 * Off: it answers calls and leaves events, sweepers and the outbox to the other instances. A release that
 * is tried begins so: docs/canary.md.
 */
export const Background = z.enum(['on', 'off']).default('on')

/** Where spans go to, and of which share of the orders. */
export const tracesOf = (
  env: Pick<z.infer<typeof ServiceEnv>, 'TRACES_URL' | 'TRACES_SAMPLE_RATIO'>,
) => ({
  url: env.TRACES_URL === '' ? undefined : env.TRACES_URL,
  ratio: env.TRACES_SAMPLE_RATIO,
})

/** The parsed settings, or one error that names each bad variable and never shows its value. */
export function parseEnv<Schema extends z.ZodType>(
  schema: Schema,
  env: Record<string, string | undefined>,
): z.output<Schema> {
  const result = schema.safeParse(env)
  if (result.success) return result.data
  const lines = result.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`)
  throw new Error(`bad settings in the environment:\n${lines.join('\n')}`)
}
