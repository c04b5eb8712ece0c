import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { freePort, testProcess } from '@flashsale/test-kit/process.ts'
import { testRedis } from '@flashsale/test-kit/redis.ts'
import { common } from '@flashsale/test-kit/system-env.ts'
import { JWT_SECRET, outcome, send, sign } from './gateway.ts'
import { startPeer } from './peers.ts'
import { ed, eddsa, jwkOf, otherEd, pemOf, rs256, rsa } from './tokens.ts'

const IN = '404 order-not-found'
const admin = sign({ sub: 'op', role: 'admin' })

/** The gateway as it really runs; of its peers only what it needs to be ready. */
async function realGateway(t: TestContext, settings: Record<string, string>) {
  const peer = await startPeer(t, () => ({
    status: 200,
    body: { redisTimeMs: Date.now(), sales: [] },
  }))
  const { url: redisUrl, keyPrefix } = testRedis(t)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = {
    ...common(port),
    ORDER_ID_SECRET: 'o'.repeat(40),
    INVENTORY_URL: peer.url,
    ORDER_URL: peer.url,
    PAYMENT_URL: peer.url,
    REDIS_URL: redisUrl,
    REDIS_KEY_PREFIX: keyPrefix,
    ...settings,
  }
  const gateway = testProcess('gateway', 'services/gateway/src/main.ts', env, url)
  t.after(async () => void (gateway.pid() && (await gateway.end('SIGKILL'))))
  await gateway.start()
  const ask = async (token: string) => outcome(await send('GET', `${url}/v1/orders/x`, { token }))
  return { ...gateway, url, ask }
}

test('a ban is in force from the first answer of a gateway that was killed', async (t) => {
  const gateway = await realGateway(t, { JWT_SECRET })
  const token = sign({ sub: 'ann' })
  assert.equal(await gateway.ask(token), IN)
  const path = `${gateway.url}/v1/admin/banned-buyers/ann`
  assert.equal(outcome(await send('PUT', path, { token: admin })), '200')
  await gateway.end('SIGKILL')
  const starting = gateway.start()
  const asked = () => gateway.ask(token).catch(() => false as const) // it does not listen yet
  const first = await until(asked, { timeoutMs: 60_000, everyMs: 1, what: 'its first answer' })
  assert.equal(first, '403 banned')
  await starting
})

test('settings decide which tokens count: a secret, public keys, a key set, issuer and audience', async (t) => {
  const { publicKey } = otherEd
  const keySet = await startPeer(t, () => ({
    status: 200,
    body: { keys: [jwkOf(publicKey, { kid: 'a' })] },
  }))
  const gateway = await realGateway(t, {
    JWT_PUBLIC_KEY: (pemOf(ed.publicKey) + pemOf(rsa.publicKey)).replaceAll('\n', '\\n'),
    JWKS_URL: keySet.url,
    JWT_ISSUER: 'https://id',
    JWT_AUDIENCE: 'sale',
  })
  const claims = { sub: 'ann', iss: 'https://id', aud: 'sale' }
  for (const good of [
    eddsa(claims),
    rs256(claims, 'any'),
    eddsa(claims, 'a', otherEd.privateKey),
  ]) {
    assert.equal(await gateway.ask(good), IN)
  }
  const { sub, iss, aud } = claims
  const noSecret = sign(claims)
  for (const bad of [eddsa({ sub }), eddsa({ sub, iss }), eddsa({ sub, aud }), noSecret]) {
    assert.equal(await gateway.ask(bad), '401 unauthenticated')
  }
  assert.equal((await gateway.end('SIGTERM')).exitCode, 0)
})
