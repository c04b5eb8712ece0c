import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { freePort, testProcess } from '@flashsale/test-kit/process.ts'
import { testRedis } from '@flashsale/test-kit/redis.ts'
import { eventually } from '@flashsale/test-kit/wait.ts'
import { playedConfig } from './config-parts.ts'
import { adminToken, aSale, buyerToken, JWT_SECRET, send } from './gateway.ts'
import { startPeer } from './peers.ts'

const SHARE_BACK_WITHIN_MS = 5_000
const GATEWAYS = 3
const TRIES = 100 // at each gateway, at once

/** The real processes on one real Redis; only inventory is played. */
async function startGateways(t: TestContext) {
  const { url, keyPrefix } = testRedis(t)
  const sale = aSale()
  const keeper = playedConfig()
  const inventory = await startPeer(t, (asked) => {
    const { path, body } = asked
    if (path.startsWith('/internal/config')) return keeper.handle(asked)
    if (path.startsWith('/internal/sales')) {
      return { status: 200, body: { redisTimeMs: Date.now(), sales: [sale] } }
    }
    if (path === '/internal/admin/actions') return { status: 201, body: {} }
    const { attempts } = body as { attempts: { orderId: string }[] }
    const results = attempts.map(({ orderId }) => ({ kind: 'held', orderId }))
    return { status: 200, body: { results } }
  })
  const start = async (_: unknown, index: number) => {
    const port = await freePort()
    const env = {
      PORT: `${port}`,
      INSTANCE: `gateway-${index}`,
      JWT_SECRET,
      ORDER_ID_SECRET: 'a third secret for tests alone, long enough',
      INVENTORY_URL: inventory.url,
      ORDER_URL: inventory.url,
      PAYMENT_URL: inventory.url,
      REDIS_URL: url,
      REDIS_KEY_PREFIX: keyPrefix,
    }
    const at = `http://127.0.0.1:${port}`
    const process = testProcess(env.INSTANCE, 'services/gateway/src/main.ts', env, at)
    t.after(() => process.started() && process.end('SIGKILL'))
    await process.start()
    const buy = () =>
      send('POST', `${at}/v1/sales/${sale.id}/orders`, {
        token: buyerToken(),
        body: { quantity: 1 },
      })
    const share = async () => {
      const policy = (await buy()).headers.get('ratelimit-policy') ?? ''
      return Number(/"gateway";q=(\d+)/.exec(policy)?.[1])
    }
    return { at, buy, share, kill: () => process.end('SIGKILL') }
  }
  return Promise.all(Array.from({ length: GATEWAYS }, start))
}

test('three gateways together let in what the limit says, and one that is killed leaves its share to the others', async (t) => {
  const gateways = await startGateways(t)
  const [first, second, third] = gateways
  assert.ok(first && second && third)
  const limit = { burst: 60, perSecond: 6 }
  const body = { gateway: limit }
  const put = await send('PUT', `${first.at}/v1/admin/limits`, { token: adminToken(), body })
  assert.equal(put.status, 200)
  const setAtMs = performance.now()
  await eventually('thirds', async () => {
    const shares = await Promise.all(gateways.map(({ share }) => share()))
    return shares.every((share) => share === 20)
  })

  const tries = gateways.flatMap(({ buy }) => Array.from({ length: TRIES }, buy))
  const answers = await Promise.all(tries)
  const letIn = answers.filter(({ status }) => status === 202).length
  const seconds = (performance.now() - setAtMs) / 1000
  t.diagnostic(`${letIn} of ${answers.length} were let in`)
  const others = answers.filter(({ status }) => status !== 202 && status !== 429)
  assert.deepEqual(others, []) // told whole: what else came
  assert.ok(letIn > 0)
  assert.ok(letIn <= limit.burst + limit.perSecond * seconds, `${letIn} in ${seconds} s`)

  await third.kill()
  const killedAtMs = performance.now()
  await eventually('halves', async () => {
    const shares = await Promise.all([first.share(), second.share()])
    return shares.every((share) => share === 30)
  })
  const backAfterMs = performance.now() - killedAtMs
  t.diagnostic(`its share was back after ${Math.round(backAfterMs)} ms`)
  assert.ok(backAfterMs <= SHARE_BACK_WITHIN_MS, `${backAfterMs} ms`)
})
