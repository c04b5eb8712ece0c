import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { createJwksClient } from '../src/clients/jwks.ts'
import { startKeySet } from '../src/jobs/key-set.ts'
import { configuredKeys, createKeyRing } from '../src/tokens/key-ring.ts'
import { JWT_SECRET, outcome, sign, startGateway } from './gateway.ts'
import { refusingUrl } from './peers.ts'
import {
  ed,
  eddsa,
  jwkOf,
  otherEd,
  otherRsa,
  pemOf,
  rs256,
  rsa,
  token as signedBy,
  weakRsa,
} from './tokens.ts'

const IN = '404 order-not-found'
const OUT = '401 unauthenticated'
const LATER = '503 try-later'
const NEVER_MS = 3_600_000
const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const wait = (what: string) => ({ timeoutMs: 10_000, what })

type Told = { status?: number; text: string } | 'hang' | 'drip'
const setOf = (...keys: object[]): Told => ({ text: JSON.stringify({ keys }) })
const ann = { sub: 'ann' }
const newer = (kid = 'new') => eddsa(ann, kid, otherEd.privateKey)

const withTheNewOne = JSON.stringify({ keys: [jwkOf(otherEd.publicKey, { kid: 'new' })] })

/** A key set on a real server that says what the test wants. */
async function keyServer(t: TestContext, told: Told) {
  const state = { told, reads: 0 }
  const server = createServer(({ url }, response) => {
    if (url === '/elsewhere') return void response.end(withTheNewOne)
    state.reads++
    if (state.told === 'hang') return
    response.writeHead(state.told === 'drip' ? 200 : (state.told.status ?? 200), {
      location: '/elsewhere',
    })
    if (state.told !== 'drip') return void response.end(state.told.text)
    const timer = setInterval(() => response.write(' '), 50)
    response.on('close', () => clearInterval(timer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
  return Object.assign(state, { url })
}

type Settings = { everyMs?: number; askedEveryMs?: number; secret?: string; publicKeys?: string[] }

async function gatewayOf(t: TestContext, url: string, settings: Settings = {}) {
  const { everyMs = NEVER_MS, askedEveryMs = NEVER_MS, secret, publicKeys = [] } = settings
  const keys = createKeyRing(configuredKeys({ secret, publicKeys, wanted: {} }))
  const jwks = createJwksClient(url)
  const reader = startKeySet({ jwks, keys, wanted: {}, log: quiet, everyMs, askedEveryMs })
  t.after(reader.stop)
  const { call, url: gatewayUrl } = await startGateway(t, {
    tokens: { keys, fetchKeys: reader.fetchKeys },
  })
  const ask = async (token: string) => outcome(await call('GET', '/v1/orders/x', { token }))
  const isReady = async () => (await fetch(`${gatewayUrl}/readyz`)).status === 200
  const loaded = () => until(() => !keys.isEmpty(), wait('the key set'))
  return { ask, keys, isReady, loaded }
}

test('each key of the set verifies its own algorithm, by name, and alone also without one', async (t) => {
  const set = setOf(
    jwkOf(ed.publicKey, { kid: 'e', use: 'sig', alg: 'EdDSA' }),
    jwkOf(rsa.publicKey, { kid: 'r' }),
  )
  const { ask, loaded } = await gatewayOf(t, (await keyServer(t, set)).url)
  await loaded()
  for (const good of [eddsa(ann, 'e'), rs256(ann, 'r'), eddsa(ann), rs256(ann)]) {
    assert.equal(await ask(good), IN)
  }
  for (const bad of [eddsa(ann, 'r'), rs256(ann, 'e'), eddsa(ann, ''), rs256(ann, 'e ')]) {
    assert.equal(await ask(bad), OUT)
  }
})

test('of several keys of one algorithm a token has to name its own', async (t) => {
  const set = setOf(jwkOf(ed.publicKey, { kid: 'a' }), jwkOf(otherEd.publicKey, { kid: 'b' }))
  const { ask, loaded } = await gatewayOf(t, (await keyServer(t, set)).url)
  await loaded()
  assert.equal(await ask(eddsa(ann, 'a')), IN)
  assert.equal(await ask(newer('b')), IN)
  assert.equal(await ask(newer('a')), OUT)
  assert.equal(await ask(eddsa(ann)), OUT)
})

test('a key set gives no secret, no private key, no weak key and none that is for something else', async (t) => {
  const oct = { kty: 'oct', kid: 'o', k: Buffer.from('s'.repeat(32)).toString('base64url') }
  const server = await keyServer(
    t,
    setOf(
      jwkOf(ed.publicKey, { kid: 'good' }),
      oct,
      { ...oct, alg: 'HS256', use: 'sig' },
      jwkOf(otherRsa.privateKey, { kid: 'private' }),
      jwkOf(weakRsa().publicKey, { kid: 'weak' }),
      jwkOf(rsa.publicKey, { kid: 'enc', use: 'enc' }),
      jwkOf(rsa.publicKey, { kid: 'wrap', key_ops: ['wrapKey'] }),
      jwkOf(rsa.publicKey, { kid: 'rs512', alg: 'RS512' }),
      jwkOf(rsa.publicKey, { kid: 'hs256', alg: 'HS256' }),
      { kty: 'OKP', crv: 'Ed25519', kid: 'broken', x: '!' },
    ),
  )
  const { ask } = await gatewayOf(t, server.url, { secret: JWT_SECRET })
  await until(async () => (await ask(eddsa(ann, 'good'))) === IN, wait('the key set'))
  const bad = [
    signedBy('s'.repeat(32), { alg: 'HS256', kid: 'o' }, ann),
    signedBy(pemOf(ed.publicKey), { alg: 'HS256', kid: 'good' }, ann),
    rs256(ann, 'private', otherRsa.privateKey),
    ...['enc', 'wrap', 'rs512', 'hs256', 'weak'].map((kid) => rs256(ann, kid)),
    eddsa(ann, 'broken'),
  ]
  for (const one of bad) assert.equal(await ask(one), OUT)
  assert.equal(await ask(sign(ann)), IN)
})

test('a key that is new in the set is found at the first token that names it', async (t) => {
  const server = await keyServer(t, setOf(jwkOf(ed.publicKey, { kid: 'old' })))
  const { ask, loaded } = await gatewayOf(t, server.url)
  await loaded()
  server.told = setOf(jwkOf(ed.publicKey, { kid: 'old' }), jwkOf(otherEd.publicKey, { kid: 'new' }))
  const answers = await Promise.all([ask(newer()), ask(newer()), ask(newer())])
  assert.deepEqual(answers, [IN, IN, IN])
  assert.equal(server.reads, 2, 'they share one reading')
  assert.equal(await ask(eddsa(ann, 'old')), IN)
})

test('made-up key names make the set be read once in the time set for it, and are refused', async (t) => {
  const server = await keyServer(t, setOf(jwkOf(ed.publicKey, { kid: 'a' })))
  const { ask, loaded } = await gatewayOf(t, server.url, { askedEveryMs: 1_000 })
  await loaded()
  const startedAtMs = performance.now()
  for (let n = 0; n < 20; n++) assert.equal(await ask(eddsa(ann, `made-up-${n}`)), OUT)
  const allowed = 2 + Math.floor((performance.now() - startedAtMs) / 1_000)
  assert.ok(server.reads <= allowed, `${server.reads} readings, not ${allowed}`)
  const before = server.reads
  const again = async () => (await ask(eddsa(ann, 'made-up'))) === OUT && server.reads > before
  await until(again, wait('the next reading'))
})

test('an HS256 token never makes the set be read, nor one whose key is known', async (t) => {
  const server = await keyServer(t, setOf(jwkOf(ed.publicKey, { kid: 'a' })))
  const { ask } = await gatewayOf(t, server.url, { secret: JWT_SECRET, askedEveryMs: 0 })
  await until(async () => (await ask(eddsa(ann, 'a'))) === IN, wait('the key set'))
  const before = server.reads
  assert.equal(await ask(signedBy('x'.repeat(32), { alg: 'HS256', kid: 'b' }, ann)), OUT)
  assert.equal(await ask(newer('a')), OUT)
  assert.equal(await ask(signedBy(ed.privateKey, { alg: 'ES256', kid: 'b' }, ann)), OUT)
  assert.equal(await ask(eddsa({ ...ann, exp: 1 }, 'b')), OUT)
  assert.equal(server.reads, before)
})

test('a key that is taken out of the set is out everywhere, also for tokens known already', async (t) => {
  const both = setOf(jwkOf(ed.publicKey, { kid: 'a' }), jwkOf(rsa.publicKey, { kid: 'r' }))
  const server = await keyServer(t, both)
  const { ask, loaded } = await gatewayOf(t, server.url, { everyMs: 50 })
  await loaded()
  const known = eddsa(ann, 'a')
  assert.equal(await ask(known), IN)
  server.told = setOf(jwkOf(rsa.publicKey, { kid: 'r' }))
  await until(async () => (await ask(known)) === OUT, wait('the known token to be out'))
  assert.equal(await ask(eddsa({ sub: 'bob' }, 'a')), OUT)
  assert.equal(await ask(rs256(ann, 'r')), IN)
  server.told = setOf(jwkOf(otherEd.publicKey, { kid: 'a' }), jwkOf(rsa.publicKey, { kid: 'r' }))
  await until(async () => (await ask(newer('a'))) === IN, wait('another key of the same name'))
  assert.equal(await ask(known), OUT)
})

test('while the key set is slow, away or talks nonsense, the keys known stay good', async (t) => {
  const server = await keyServer(t, setOf(jwkOf(ed.publicKey, { kid: 'a' })))
  const { ask, loaded } = await gatewayOf(t, server.url, { askedEveryMs: 0 })
  await loaded()
  const nonsense: Told[] = [
    { text: '' },
    { text: '{' },
    { text: 'null' },
    { text: '[]' },
    { text: '{"keys":{}}' },
    { text: '{"keys":[]}' },
    { text: JSON.stringify({ keys: [{ kty: 'EC' }, 7, null] }) },
    { text: JSON.stringify({ keys: Array(101).fill(jwkOf(otherEd.publicKey, { kid: 'new' })) }) },
    { text: withTheNewOne + ' '.repeat(300_000) },
    { status: 404, text: withTheNewOne },
    { status: 302, text: '' },
    { status: 500, text: '' },
  ]
  let names = 0
  for (const told of nonsense) {
    server.told = told
    assert.equal(await ask(newer()), LATER, 'a key that is not known may be there')
    assert.equal(await ask(eddsa({ sub: `b${names++}` }, 'a')), IN)
  }
  for (const told of ['hang', 'drip'] as const) {
    server.told = told
    const startedAtMs = performance.now()
    const waits = ask(newer())
    assert.equal(await ask(eddsa({ sub: `b${names++}` }, 'a')), IN, 'and nobody else waits')
    assert.ok(performance.now() - startedAtMs < 1_500)
    assert.equal(await waits, LATER)
  }
  server.told = setOf(jwkOf(otherEd.publicKey, { kid: 'new' }))
  await until(async () => (await ask(newer())) === IN, wait('the key set to be back'))
})

test('a gateway that knows no key yet is not ready and says later; a configured key counts at once', async (t) => {
  const away = await refusingUrl(t)
  const alone = await gatewayOf(t, away)
  assert.equal(await alone.ask(eddsa(ann, 'a')), LATER)
  assert.equal(await alone.ask(eddsa({ ...ann, exp: 1 }, 'a')), OUT)
  assert.equal(await alone.ask(sign(ann)), OUT)
  assert.equal(await alone.isReady(), false)

  const beside = await gatewayOf(t, away, {
    secret: JWT_SECRET,
    publicKeys: [pemOf(rsa.publicKey)],
  })
  assert.equal(await beside.ask(sign(ann)), IN)
  assert.equal(await beside.ask(rs256(ann, 'any')), IN)
  assert.equal(await beside.ask(eddsa(ann, 'a')), LATER)
  assert.equal(await beside.isReady(), true)
})

test('no more than so many wait for a slow key set; the others are told at once', async (t) => {
  const server = await keyServer(t, 'hang')
  const keys = createKeyRing([])
  const jwks = createJwksClient(server.url)
  const { fetchKeys, stop } = startKeySet({ jwks, keys, wanted: {}, log: quiet })
  t.after(stop)
  let told = 0
  const waiting = Array.from({ length: 1_000 }, () => fetchKeys().finally(() => told++))
  assert.equal(await fetchKeys(), false)
  assert.equal(told, 0)
  assert.ok((await Promise.all(waiting)).every((known) => !known))
})
