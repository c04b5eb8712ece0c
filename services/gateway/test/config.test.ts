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
  assert.deepEqual(config.buyerBucket, { capacity: 20, perSecond: 10 })
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
