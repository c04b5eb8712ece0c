import {
  type Attempt,
  type ReserveAnswer,
  ReserveBody,
} from '@flashsale/contracts/http/inventory.ts'
import type { WatchedRedis } from '@flashsale/redis/connection.ts'
import type { RuntimeConfig } from '@flashsale/runtime-config/runtime-config.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Admission } from '../domain/admission.ts'
import { metrics } from '../metrics.ts'
import { reserveBatch } from '../stock/reserve-batch.ts'
import type { SaleRegister } from '../stock/sale-register.ts'

const schema = { body: ReserveBody } // the gateway looks at the answer: once is enough

type Deps = {
  redis: WatchedRedis
  register: SaleRegister
  admission: Pick<Admission, 'entriesMax'>
  runtimeConfig: Pick<RuntimeConfig, 'current'>
}

export const reserveAttempts: FastifyPluginAsyncZod<Deps> = async (app, deps) => {
  const { redis, register, admission, runtimeConfig } = deps
  app.post('/reserve', { schema }, async (request) => {
    const attempts: Attempt[] = request.body.attempts
    const isStopped = runtimeConfig.current().switches.stopJoins // who has an order is still told so
    const streamEntriesMax = isStopped ? 0 : admission.entriesMax()
    const using = { redis, register, streamEntriesMax, log: app.log }
    const results = await reserveBatch(using, attempts)
    for (const { kind } of results) metrics.attempts.inc({ outcome: kind })
    return { results } satisfies ReserveAnswer
  })
}
