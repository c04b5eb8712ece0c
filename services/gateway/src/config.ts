import { hostname } from 'node:os'
import { Bucket } from '@flashsale/contracts/http/runtime-config.ts'
import {
  parseEnv,
  Secret,
  ServiceEnv,
  ServiceUrls,
  tracesOf,
} from '@flashsale/service-kit/config.ts'
import { connectionLimits } from '@flashsale/service-kit/connection-limits.ts'
import { checkRedis, redisEnv, redisOf } from '@flashsale/service-kit/redis-env.ts'
import { z } from 'zod'
import { PageOrigins } from './domain/page-origins.ts'
import { TOKENS_KNOWN_MAX } from './tokens/bearers.ts'
import { pemKey } from './tokens/token-keys.ts'

const Burst = z.coerce.number().pipe(Bucket.shape.burst)
const PerSecond = z.coerce.number().pipe(Bucket.shape.perSecond)
const Count = z.coerce.number().int().min(1).max(1_000_000)
const TimeoutMs = z.coerce.number().int().min(100).max(600_000)
const Calls = z.coerce.number().int().min(1).max(1_000_000)
/** Their addresses, or networks such as 10.0.0.0/8, parted by commas. */
const Proxies = z
  .string()
  .transform((list) => (list === '' ? [] : list.split(',').map((one) => one.trim())))
  .pipe(z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])))

const PUBLIC_KEYS_MAX = 4 // a token that names none of them is tried with each

const THIS_MACHINE = ['127.0.0.1', '[::1]', 'localhost']

/** Plain HTTP only to this machine: whoever can change the answer can sign tokens. */
const KeySetUrl = z.string().refine((text) => {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || (protocol === 'http:' && THIS_MACHINE.includes(hostname))
}, 'must be an https URL, or http to this machine')

/** One PEM block or several; in place of line ends it may have `\n`, as in a file of settings. */
const PublicKeys = z
  .string()
  .transform((text) => text.replaceAll('\\n', '\n').split(/(?<=-----END [^-]+-----)/))
  .transform((blocks) => blocks.map((block) => block.trim()).filter((block) => block !== ''))
  .refine(
    ({ length }) => length >= 1 && length <= PUBLIC_KEYS_MAX,
    `must be 1 to ${PUBLIC_KEYS_MAX} keys`,
  )
  .refine(
    (blocks) => blocks.every((pem) => pemKey(pem, {})),
    'must be public keys in PEM: Ed25519, or RSA of 2048 to 8192 bits',
  )

const JwtSecret = Secret.refine(
  (value) => !value.includes('-----BEGIN'),
  'must be a secret: a public key is JWT_PUBLIC_KEY',
)

const Settings = z.object({
  ...ServiceEnv.shape,
  JWT_SECRET: JwtSecret.optional(),
  JWT_PUBLIC_KEY: PublicKeys.optional(),
  JWKS_URL: KeySetUrl.optional(),
  JWT_ISSUER: z.string().min(1).max(1024).optional(),
  JWT_AUDIENCE: z.string().min(1).max(1024).optional(),
  TOKENS_KNOWN_MAX: z.coerce.number().int().min(1_000).max(10_000_000).default(TOKENS_KNOWN_MAX),
  ORDER_ID_SECRET: Secret,
  INVENTORY_URL: ServiceUrls,
  ORDER_URL: ServiceUrls,
  PAYMENT_URL: ServiceUrls,
  INVENTORY_CANARY_URL: ServiceUrls.optional(), // of a second release: docs/canary.md
  ORDER_CANARY_URL: ServiceUrls.optional(),
  PAYMENT_CANARY_URL: ServiceUrls.optional(),
  ...redisEnv,
  BUYER_BURST: Burst.default(20),
  BUYER_PER_SECOND: PerSecond.default(10),
  ADDRESS_BURST: Burst.optional(), // no limit where it is not set
  ADDRESS_PER_SECOND: PerSecond.optional(),
  GATEWAY_BURST: Burst.optional(),
  GATEWAY_PER_SECOND: PerSecond.optional(),
  PAYMENT_CALLS_PER_10S: Calls.default(300), // of a buyer; a hundred copies at once are no misuse
  ADMIN_CALLS_PER_10S: Calls.default(3_000),
  TRUSTED_PROXIES: Proxies.default([]),
  CORS_ORIGINS: PageOrigins.default([]), // no page of another origin may ask (docs/security.md)
  HSTS_MAX_AGE_SECONDS: z.coerce.number().int().min(0).max(63_072_000).default(0), // only where TLS is in front
  CONNECTIONS_MAX: Count.default(connectionLimits.connectionsMax), // less than the process may have files open
  HEADERS_TIMEOUT_MS: TimeoutMs.default(connectionLimits.headersTimeoutMs),
  REQUEST_TIMEOUT_MS: TimeoutMs.default(connectionLimits.requestTimeoutMs), // headers and body
  KEEP_ALIVE_TIMEOUT_MS: TimeoutMs.default(connectionLimits.keepAliveTimeoutMs), // more than a balancer's in front
  SILENT_TIMEOUT_MS: TimeoutMs.default(connectionLimits.silentTimeoutMs),
})
const InOrder = Settings.refine(
  ({ HEADERS_TIMEOUT_MS, REQUEST_TIMEOUT_MS }) => HEADERS_TIMEOUT_MS <= REQUEST_TIMEOUT_MS,
  { path: ['HEADERS_TIMEOUT_MS'], message: 'is longer than REQUEST_TIMEOUT_MS' },
)
const Limited = InOrder.refine(together('ADDRESS_BURST', 'ADDRESS_PER_SECOND'), {
  path: ['ADDRESS_BURST, ADDRESS_PER_SECOND'],
  message: 'are set together',
}).refine(together('GATEWAY_BURST', 'GATEWAY_PER_SECOND'), {
  path: ['GATEWAY_BURST, GATEWAY_PER_SECOND'],
  message: 'are set together',
})
const Env = Limited.refine(
  ({ JWT_SECRET, JWT_PUBLIC_KEY, JWKS_URL }) => JWT_SECRET ?? JWT_PUBLIC_KEY ?? JWKS_URL,
  { path: ['JWT_SECRET'], message: 'is missing, and so are JWT_PUBLIC_KEY and JWKS_URL' },
).superRefine(checkRedis)

export function readConfig(env: NodeJS.ProcessEnv) {
  const parsed = parseEnv(Env, env)
  return {
    host: parsed.HOST,
    port: parsed.PORT,
    drainMs: parsed.DRAIN_MS,
    logLevel: parsed.LOG_LEVEL,
    instance: parsed.INSTANCE ?? `gateway-${hostname()}`,
    traces: tracesOf(parsed),
    tokens: {
      secret: parsed.JWT_SECRET,
      publicKeys: parsed.JWT_PUBLIC_KEY ?? [],
      keySetUrl: parsed.JWKS_URL,
      wanted: { issuer: parsed.JWT_ISSUER, audience: parsed.JWT_AUDIENCE },
      knownMax: parsed.TOKENS_KNOWN_MAX,
    },
    orderIdSecret: parsed.ORDER_ID_SECRET,
    inventoryUrl: parsed.INVENTORY_URL,
    orderUrl: parsed.ORDER_URL,
    paymentUrl: parsed.PAYMENT_URL,
    canaryUrls: {
      inventory: parsed.INVENTORY_CANARY_URL,
      order: parsed.ORDER_CANARY_URL,
      payment: parsed.PAYMENT_CANARY_URL,
    },
    redis: redisOf(parsed),
    /** Until an operator sets others. */
    limits: {
      buyer: { burst: parsed.BUYER_BURST, perSecond: parsed.BUYER_PER_SECOND },
      address: limitOf(parsed.ADDRESS_BURST, parsed.ADDRESS_PER_SECOND),
      gateway: limitOf(parsed.GATEWAY_BURST, parsed.GATEWAY_PER_SECOND),
    },
    slowCalls: {
      payment: { calls: parsed.PAYMENT_CALLS_PER_10S, perSeconds: 10 },
      admin: { calls: parsed.ADMIN_CALLS_PER_10S, perSeconds: 10 },
    },
    trustedProxies: parsed.TRUSTED_PROXIES,
    pages: { origins: parsed.CORS_ORIGINS, hstsMaxAgeSeconds: parsed.HSTS_MAX_AGE_SECONDS },
    connections: {
      connectionsMax: parsed.CONNECTIONS_MAX,
      headersTimeoutMs: parsed.HEADERS_TIMEOUT_MS,
      requestTimeoutMs: parsed.REQUEST_TIMEOUT_MS,
      keepAliveTimeoutMs: parsed.KEEP_ALIVE_TIMEOUT_MS,
      silentTimeoutMs: parsed.SILENT_TIMEOUT_MS,
    },
  }
}
export type Config = ReturnType<typeof readConfig>

function together(...names: (keyof z.infer<typeof Settings>)[]) {
  return (settings: z.infer<typeof Settings>) =>
    new Set(names.map((name) => settings[name] === undefined)).size === 1
}

const limitOf = (burst: number | undefined, perSecond: number | undefined) =>
  burst !== undefined && perSecond !== undefined ? { burst, perSecond } : null
