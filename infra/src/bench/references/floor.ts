import Fastify from 'fastify'

/** F0: a bare Fastify POST with a schema for the body and one for the answer, which is a constant. */
const orderId = '0190a0b0-0000-8000-8000-000000000000'
const app = Fastify({ logger: false })
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
  },
}

app.post('/orders', { schema }, async (_request, reply) => {
  reply.code(202)
  return { orderId, status: 'accepted' }
})
app.get('/readyz', async () => 'ready')
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4_096 })
