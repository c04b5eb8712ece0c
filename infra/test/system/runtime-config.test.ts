import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { request } from '@flashsale/test-kit/http.ts'
import { ownRedis } from '@flashsale/test-kit/own-redis.ts'
import { startSystem } from '@flashsale/test-kit/system.ts'
import { configOf } from './config-everywhere.ts'
import { metricOf } from './metric-of.ts'
import { openSale } from './sale.ts'

const ROUNDS = 5
const WAIT_MS = 20_000

type Took = { name: string; afterMs: number }[]
const worst = (took: Took) =>
  Object.fromEntries(
    [...Map.groupBy(took, ({ name }) => name)].map(([name, some]) => [
      name,
      Math.max(...some.map(({ afterMs }) => afterMs)),
    ]),
  )

test('a change is at every instance soon, with Redis and without; who starts later, or alone, has it too', async (t) => {
  const redis = await ownRedis(t)
  const env = { REDIS_URL: redis.url }
  const twice = ['gateway', 'inventory', 'order', 'payment'] as const
  const system = await startSystem(t, { twice, env: { inventory: env, gateway: env } })
  const { change, changeEverywhere, token } = configOf(system)
  const measure = async (when: string) => {
    const took: Took = []
    for (let i = 0; i < ROUNDS; i++) {
      const buyer = { burst: 100 + i, perSecond: 100 }
      took.push(...(await changeEverywhere({ limits: { buyer } })).took)
    }
    t.diagnostic(`${when}: the slowest instance of each after ms ${JSON.stringify(worst(took))}`)
  }

  await measure('with Redis')
  await redis.kill()
  await redis.forget()
  await measure('without Redis')
  await redis.start()
  await measure('with a Redis that forgot')

  // Limits by their own call are the same document.
  const body = { address: null, buyer: { burst: 7, perSecond: 7 } }
  const put = await request(`${system.url}/v1/admin/limits`, { method: 'PUT', token, body })
  assert.deepEqual(put.body, { ...body, gateway: null })
  const { document } = (await request(`${system.url}/v1/admin/config`, { token })).body
  assert.deepEqual(document.limits, { address: 'unlimited', buyer: body.buyer })

  await system.kill('order')
  const version = await change({ switches: { closeCardPayments: true } })
  await system.start('order')
  const orderKnows = async () => (await metricOf(system.urls.order, 'config_version')) === version
  await until(orderKnows, { what: 'an order that starts later', timeoutMs: WAIT_MS })

  // A gateway that finds no inventory learns it from Redis.
  await Promise.all([system.kill('inventory'), system.kill('inventory-2')])
  await system.kill('gateway-2')
  const started = system.start('gateway-2') // not ready without inventory, but there
  const [, url = ''] = system.lists.gateway
  const gatewayKnows = async () => {
    const at = await metricOf(url, 'config_version').catch(() => undefined)
    return at === version
  }
  await until(gatewayKnows, { what: 'a gateway that starts alone', timeoutMs: WAIT_MS })
  await Promise.all([system.start('inventory'), system.start('inventory-2'), started])
})

test('a configuration that an instance can’t read is kept from it, and it goes on by the last good one', async (t) => {
  const redis = await ownRedis(t)
  const env = { REDIS_URL: redis.url }
  const system = await startSystem(t, { env: { inventory: env, gateway: env } })
  const { changeEverywhere } = configOf(system)
  const { version } = await changeEverywhere({ switches: { stopJoins: true } })
  const sale = await openSale(system)
  assert.equal((await sale.buy('ann')).status, 503)

  const { Redis } = await import('ioredis')
  const writer = new Redis(redis.url)
  t.after(() => writer.disconnect())
  const bad = { version: version + 1, document: { switches: { stopJoins: 'no' } } }
  await writer.publish(`${system.redisPrefix}broadcast:config`, JSON.stringify(bad))
  const refused = async () => (await metricOf(system.urls.gateway, 'config_refused_total')) === 1
  await until(refused, { what: 'the refusal', timeoutMs: WAIT_MS })
  assert.equal(await metricOf(system.urls.gateway, 'config_version'), version)
  assert.equal((await sale.buy('ann')).status, 503) // still stopped
  await changeEverywhere({ switches: { stopJoins: false } })
  assert.equal((await sale.buy('ann')).status, 202)
})
