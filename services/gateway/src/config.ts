import { parseEnv, Secret, ServiceEnv, ServiceUrls } from '@flashsale/service-kit/config.ts'
import { z } from 'zod'

const Env = z.object({
  ...ServiceEnv.shape,
  JWT_SECRET: Secret,
  ORDER_ID_SECRET: Secret,
  INVENTORY_URL: ServiceUrls,
  ORDER_URL: ServiceUrls,
  PAYMENT_URL: ServiceUrls,
  REDIS_URL: z.url(),
  REDIS_KEY_PREFIX: z.string().max(64).default(''),
  BUYER_BURST: z.coerce.number().int().min(1).max(1_000_000).default(20),
  BUYER_PER_SECOND: z.coerce.number().positive().max(1_000_000).default(10),
})

export function readConfig(env: NodeJS.ProcessEnv) {
  const parsed = parseEnv(Env, env)
  return {
    host: parsed.HOST,
    port: parsed.PORT,
    logLevel: parsed.LOG_LEVEL,
    jwtSecret: parsed.JWT_SECRET,
    orderIdSecret: parsed.ORDER_ID_SECRET,
    inventoryUrl: parsed.INVENTORY_URL,
    orderUrl: parsed.ORDER_URL,
    paymentUrl: parsed.PAYMENT_URL,
    redis: { url: parsed.REDIS_URL, keyPrefix: parsed.REDIS_KEY_PREFIX },
    buyerBucket: { capacity: parsed.BUYER_BURST, perSecond: parsed.BUYER_PER_SECOND },
  }
}
export type Config = ReturnType<typeof readConfig>
