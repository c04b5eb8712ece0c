import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from '../src/config.ts'

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
