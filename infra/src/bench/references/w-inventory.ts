import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import { plainSaleKeys } from './w-keys.ts'

/** W's inventory: one script call an attempt over a pipelining connection. */
const { PORT, REDIS_URL = '', REDIS_KEY_PREFIX = '' } = process.env
const redis = new Redis(REDIS_URL, { enableAutoPipelining: true })
const script = readFileSync(new URL('w-reserve.lua', import.meta.url), 'utf8')
const sha = String(await redis.script('LOAD', script))

type Body = { saleId: string; buyerId: string; quantity: number; key?: string }
const app = Fastify({ logger: false })
const schema = {
  body: {
    type: 'object',
    properties: {
      saleId: { type: 'string' },
      buyerId: { type: 'string' },
      quantity: { type: 'integer', minimum: 1 },
      key: { type: 'string' },
    },
    required: ['saleId', 'buyerId', 'quantity'],
    additionalProperties: false,
  },
  response: {
    200: {
      type: 'object',
      properties: { kind: { type: 'string' }, orderId: { type: 'string' } },
    },
  },
}

app.post<{ Body: Body }>('/reserve', { schema }, async ({ body }) => {
  const { saleId, buyerId, quantity, key = '' } = body
  const { stock, buyers, stream } = plainSaleKeys(REDIS_KEY_PREFIX, saleId)
  const orderId = randomUUID()
  const args = [orderId, buyerId, quantity, key]
  const kind = await redis.evalsha(sha, 3, stock, buyers, stream, ...args)
  return { kind, orderId }
})
app.get('/readyz', async () => 'ready')
await app.listen({ port: Number(PORT), host: '127.0.0.1', backlog: 4_096 })
