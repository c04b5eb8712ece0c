import swagger from '@fastify/swagger'
import fp from 'fastify-plugin'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'

/** For the schema of a route that asks who is calling. */
export const bearer = { security: [{ bearer: [] }] }

/** GET /openapi.json: made from the schemas that check the requests. */
export const openapi = fp(
  async (app) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Flashsale',
          version: '1.2.0',
          description:
            'Times are RFC 3339 UTC, money is in minor units, errors are RFC 9457. Fields and values of answers may be added: expect some that you do not know.',
          license: { name: 'MIT', identifier: 'MIT' },
        },
        components: {
          securitySchemes: {
            bearer: {
              type: 'http',
              scheme: 'bearer',
              bearerFormat: 'JWT',
              description: 'HS256, EdDSA or RS256. Withdrawn: 401. A banned buyer: 403 `banned`.',
            },
          },
        },
      },
      transform: jsonSchemaTransform,
    })
    app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  },
  { name: 'openapi' },
)
