import {
  type Attempt,
  type ReserveAnswer,
  ReserveBody,
} from '@flashsale/contracts/http/inventory.ts'
import type { WatchedRedis } from '@flashsale/redis/connection.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { metrics } from '../metrics.ts'
import { reserveBatch } from '../stock/reserve-batch.ts'
import type { SaleRegister } from '../stock/sale-register.ts'

const schema = { body: ReserveBody } // the gateway looks at the answer: once is enough

type Deps = {
  redis: WatchedRedis
  register: SaleRegister
  streamEntriesMax?: number | undefined
}

export const reserveAttempts: FastifyPluginAsyncZod<Deps> = async (app, deps) => {
  app.post('/reserve', { schema }, async (request) => {
    const attempts: Attempt[] = request.body.attempts
    const results = await reserveBatch({ ...deps, log: app.log }, attempts)
    for (const { kind } of results) metrics.attempts.inc({ outcome: kind })
    return { results } satisfies ReserveAnswer
  })
}
