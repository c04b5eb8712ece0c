import { createVerifier } from 'fast-jwt'
import Fastify from 'fastify'
import { Pool } from 'undici'

/**
 * W, "what a good engineer writes first": the token is verified each time, and each attempt is one
 * request over a keep-alive pool.
 */
const { PORT, JWT_SECRET = '', INVENTORY_URL = '' } = process.env
const verify = createVerifier({ key: JWT_SECRET, algorithms: ['HS256'] })
const inventory = new Pool(INVENTORY_URL, { connections: 16 })

type Route = {
  Params: { saleId: string }
  Headers: { authorization?: string; 'idempotency-key'?: string }
  Body: { quantity: number }
}
type Answer = { kind: string; orderId: string }
const app = Fastify({ logger: false })
const problem = { type: 'object', properties: { type: { type: 'string' } } }
const schema = {
  body: {
    type: 'object',
    properties: { quantity: { type: 'integer', minimum: 1 } },
    required: ['quantity'],
    additionalProperties: false,
  },
  response: {
    202: {
      type: 'object',
      properties: { orderId: { type: 'string' }, status: { type: 'string' } },
    },
    401: problem,
    409: problem,
  },
}

app.post<Route>('/v1/sales/:saleId/orders', { schema }, async (request, reply) => {
  const buyerId = buyerOf(request.headers.authorization)
  if (buyerId === undefined) return reply.code(401).send({ type: 'unauthenticated' })
  const { saleId } = request.params
  const { quantity } = request.body
  const key = request.headers['idempotency-key']
  const { body } = await inventory.request({
    method: 'POST',
    path: '/reserve',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ saleId, buyerId, quantity, key }),
  })
  const { kind, orderId } = (await body.json()) as Answer
  if (kind === 'held') return reply.code(202).send({ orderId, status: 'accepted' })
  return reply.code(409).send({ type: kind })
})
app.get('/readyz', async () => 'ready')
await app.listen({ port: Number(PORT), host: '127.0.0.1', backlog: 4_096 })

function buyerOf(authorization = ''): string | undefined {
  try {
    return String(verify(authorization.slice('Bearer '.length)).sub)
  } catch {
    return undefined
  }
}
