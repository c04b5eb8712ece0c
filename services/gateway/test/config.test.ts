import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from '../src/config.ts'
import { ed, pemOf, rsa, weakRsa } from './tokens.ts'

const env = {
  PORT: '8080',
  JWT_SECRET: 'j'.repeat(32),
  ORDER_ID_SECRET: 'o'.repeat(32),
  INVENTORY_URL: 'http://127.0.0.1:8081',
  ORDER_URL: 'http://127.0.0.1:8082',
  PAYMENT_URL: 'http://127.0.0.1:8083',
  REDIS_URL: 'redis://127.0.0.1:8091',
}

test('the rate of a buyer has a default, the secrets have none', () => {
  const config = readConfig(env)
  const buyer = { burst: 20, perSecond: 10 }
  assert.deepEqual(config.limits, { buyer, address: null, gateway: null })
  assert.deepEqual(config.trustedProxies, [])
  for (const name of Object.keys(env)) {
    assert.throws(() => readConfig({ ...env, [name]: undefined }), new RegExp(name))
  }
})

test('a short secret is refused without being shown', () => {
  for (const name of ['JWT_SECRET', 'ORDER_ID_SECRET']) {
    const short = { ...env, [name]: 's'.repeat(31) }
    assert.throws(
      () => readConfig(short),
      (error: Error) => {
        assert.match(error.message, new RegExp(name))
        assert.doesNotMatch(error.message, /sss/)
        return true
      },
    )
  }
  assert.throws(() => readConfig({ ...env, BUYER_BURST: '0' }), /BUYER_BURST/)
})

test('a service with several instances is a list of URLs, each of them one', () => {
  const list = 'http://127.0.0.1:8081,http://127.0.0.1:8091'
  assert.equal(readConfig({ ...env, INVENTORY_URL: list }).inventoryUrl, list)
  for (const bad of ['', `${list},`, `${list},127.0.0.1`, `${list},redis://127.0.0.1:1`]) {
    assert.throws(() => readConfig({ ...env, INVENTORY_URL: bad }), /INVENTORY_URL/)
  }
})

test('a limit of addresses or of the gateway is set whole, or not at all', () => {
  const limits = { ADDRESS_BURST: '50', ADDRESS_PER_SECOND: '0.5', BUYER_BURST: '3' }
  assert.deepEqual(readConfig({ ...env, ...limits }).limits, {
    buyer: { burst: 3, perSecond: 10 },
    address: { burst: 50, perSecond: 0.5 },
    gateway: null,
  })
  for (const name of [
    'ADDRESS_BURST',
    'ADDRESS_PER_SECOND',
    'GATEWAY_BURST',
    'GATEWAY_PER_SECOND',
  ]) {
    assert.throws(() => readConfig({ ...env, [name]: '5' }), new RegExp(name))
  }
  for (const bad of ['0', '-1', '1.5', 'many', '']) {
    assert.throws(() => readConfig({ ...env, BUYER_BURST: bad }), /BUYER_BURST/, bad)
  }
  assert.throws(() => readConfig({ ...env, BUYER_PER_SECOND: '0' }), /BUYER_PER_SECOND/)
})

test('trusted proxies are addresses and networks, and a slip is found at the start', () => {
  const list = '127.0.0.1, 10.0.0.0/8,::1,fd00::/8'
  const proxies = ['127.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8']
  assert.deepEqual(readConfig({ ...env, TRUSTED_PROXIES: list }).trustedProxies, proxies)
  assert.deepEqual(readConfig({ ...env, TRUSTED_PROXIES: '' }).trustedProxies, [])
  for (const bad of ['true', '1', '10.0.0.0/33', '10.0.0', 'all', '10.0.0.1,,10.0.0.2', '*']) {
    assert.throws(() => readConfig({ ...env, TRUSTED_PROXIES: bad }), /TRUSTED_PROXIES/, bad)
  }
})

test('the secret alone is enough, and so is a public key or a key set', () => {
  const { JWT_SECRET, ...rest } = env
  const alone = { secret: JWT_SECRET, publicKeys: [], keySetUrl: undefined }
  const wanted = { issuer: undefined, audience: undefined }
  assert.deepEqual(readConfig(env).tokens, { ...alone, wanted, knownMax: 200_000 })
  const [one, two] = [pemOf(ed.publicKey), pemOf(rsa.publicKey)]
  for (const text of [one + two, `\n${one}\n\n${two}`, (one + two).replaceAll('\n', '\\n')]) {
    const { tokens } = readConfig({ ...rest, JWT_PUBLIC_KEY: text })
    assert.deepEqual(tokens.publicKeys, [one.trim(), two.trim()])
    assert.equal(tokens.secret, undefined)
  }
  const all = { JWKS_URL: 'https://id/jwks', JWT_ISSUER: 'https://id', JWT_AUDIENCE: 'sale' }
  const { tokens } = readConfig({ ...rest, ...all })
  assert.equal(tokens.keySetUrl, 'https://id/jwks')
  assert.deepEqual(tokens.wanted, { issuer: 'https://id', audience: 'sale' })
  assert.throws(() => readConfig(rest), /JWT_SECRET.*JWT_PUBLIC_KEY and JWKS_URL/)
})

test('how many tokens are remembered is a setting with bounds', () => {
  assert.equal(readConfig({ ...env, TOKENS_KNOWN_MAX: '1000' }).tokens.knownMax, 1_000)
  for (const bad of ['999', '10000001', '1.5', 'many']) {
    assert.throws(() => readConfig({ ...env, TOKENS_KNOWN_MAX: bad }), /TOKENS_KNOWN_MAX/)
  }
})

test('what would let others in is refused at the start: no key of the wrong kind, no open line to the key set', () => {
  const pem = pemOf(ed.publicKey)
  const secretPem = ed.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const bad = ['', 'x', secretPem, pem + secretPem, pemOf(weakRsa().publicKey), pem.repeat(5)]
  for (const text of [...bad, pem.slice(0, -10), `${pem}x`]) {
    assert.throws(() => readConfig({ ...env, JWT_PUBLIC_KEY: text }), /JWT_PUBLIC_KEY/)
  }
  assert.throws(() => readConfig({ ...env, JWT_SECRET: pem }), /JWT_SECRET/)
  for (const url of ['', 'x', 'http://id/jwks', 'ftp://id/jwks', 'http://127.0.0.1.id/jwks']) {
    assert.throws(() => readConfig({ ...env, JWKS_URL: url }), /JWKS_URL/, url)
  }
  for (const url of ['http://127.0.0.1:1/', 'http://localhost/', 'http://[::1]:8080/']) {
    assert.equal(readConfig({ ...env, JWKS_URL: url }).tokens.keySetUrl, url)
  }
  for (const name of ['JWT_ISSUER', 'JWT_AUDIENCE']) {
    assert.throws(() => readConfig({ ...env, [name]: '' }), new RegExp(name))
  }
})

test('the limits of the door have defaults and bounds; a head takes no longer than its request', () => {
  assert.deepEqual(readConfig(env).connections, {
    connectionsMax: 10_000,
    headersTimeoutMs: 5_000,
    requestTimeoutMs: 10_000,
    keepAliveTimeoutMs: 72_000,
    silentTimeoutMs: 70_000,
  })
  const given = { HEADERS_TIMEOUT_MS: '200', REQUEST_TIMEOUT_MS: '200', CONNECTIONS_MAX: '5' }
  const { connections } = readConfig({ ...env, ...given })
  assert.deepEqual(
    [connections.headersTimeoutMs, connections.requestTimeoutMs, connections.connectionsMax],
    [200, 200, 5],
  )
  for (const bad of [
    { CONNECTIONS_MAX: '0' },
    { SILENT_TIMEOUT_MS: '0' }, // there is no "no limit"
    { KEEP_ALIVE_TIMEOUT_MS: '99' },
    { REQUEST_TIMEOUT_MS: '600001' },
    { HEADERS_TIMEOUT_MS: '10001' },
  ]) {
    assert.throws(() => readConfig({ ...env, ...bad }), new RegExp(Object.keys(bad).join()))
  }
})

test('pages that may ask are exact origins, and none until they are named', () => {
  assert.deepEqual(readConfig(env).pages, { origins: [], hstsMaxAgeSeconds: 0 })
  const list = 'https://shop.example.com, https://a.example.com:8443,http://localhost:5173'
  const { origins } = readConfig({ ...env, CORS_ORIGINS: list }).pages
  assert.deepEqual(
    origins,
    list.split(',').map((one) => one.trim()),
  )
  for (const bad of [
    '*',
    'null',
    'https://*.example.com',
    'https://shop.example.com/',
    'https://shop.example.com:443',
    'http://shop.example.com',
    'shop.example.com',
    'https://Shop.example.com',
    'https://shop.example.com,*',
    Array.from({ length: 21 }, (_one, n) => `https://s${n}.example.com`).join(','),
  ]) {
    assert.throws(() => readConfig({ ...env, CORS_ORIGINS: bad }), /CORS_ORIGINS/, bad)
  }
  for (const bad of ['-1', '63072001', 'yes']) {
    assert.throws(() => readConfig({ ...env, HSTS_MAX_AGE_SECONDS: bad }), /HSTS/, bad)
  }
})
