import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import type { RawDocument } from '@flashsale/contracts/http/runtime-config.ts'
import { createRuntimeConfig } from '@flashsale/runtime-config/runtime-config.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { OpenFeature, ProviderEvents } from '@openfeature/server-sdk'
import { createConfigProvider } from '../src/config-provider.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const wait = (what: string) => ({ what, timeoutMs: 10_000 })

/** The SDK's own client, on a provider of the test's own. */
async function testClient(t: TestContext, options = {}) {
  const config = createRuntimeConfig(quiet)
  const domain = randomUUID()
  await OpenFeature.setProviderAndWait(domain, createConfigProvider(config, options))
  t.after(() => OpenFeature.clearProviders())
  let version = 0
  const set = (document: RawDocument) => config.learn({ version: ++version, document })
  return { client: OpenFeature.getClient(domain), config, set }
}

test('switches are boolean flags', async (t) => {
  const { client, set } = await testClient(t)
  const names = ['serve-stale', 'close-card-payments', 'read-only', 'stop-joins']
  for (const name of names) assert.equal(await client.getBooleanValue(name, true), false)
  set({ switches: { closeCardPayments: true } })
  for (const name of names) {
    const expected = name === 'close-card-payments'
    assert.equal(await client.getBooleanValue(name, !expected), expected, name)
  }
  const { reason, flagMetadata } = await client.getBooleanDetails('read-only', true)
  assert.deepEqual([reason, flagMetadata.version], ['STATIC', 1])
})

test('limits and weights are objects and numbers; what nobody has set is the caller’s default', async (t) => {
  const { client, set } = await testClient(t)
  const own = { burst: 1, perSecond: 1 }
  assert.deepEqual(await client.getObjectValue('limit-buyer', own), own)
  assert.equal((await client.getNumberDetails('limit-buyer-burst', 7)).reason, 'DEFAULT')
  set({
    limits: { buyer: { burst: 20, perSecond: 2.5 }, gateway: 'unlimited' },
    canary: { order: { release: '2', weightPercent: 5 } },
  })
  assert.deepEqual(await client.getObjectValue('limit-buyer', own), { burst: 20, perSecond: 2.5 })
  assert.deepEqual(await client.getObjectValue('limit-gateway', own), { unlimited: true })
  assert.equal(await client.getNumberValue('limit-buyer-burst', 7), 20)
  assert.equal(await client.getNumberValue('limit-buyer-per-second', 7), 2.5)
  assert.equal(await client.getNumberValue('canary-order-weight-percent', 50), 5)
  assert.equal(await client.getNumberValue('canary-payment-weight-percent', 50), 0)
})

test('a flag that is not there, or of another type, is the default and an error by its code', async (t) => {
  const { client } = await testClient(t)
  const absent = await client.getBooleanDetails('no-such-flag', true)
  assert.deepEqual([absent.value, absent.errorCode], [true, 'FLAG_NOT_FOUND'])
  const other = await client.getStringDetails('read-only', 'x')
  assert.deepEqual([other.value, other.errorCode], ['x', 'TYPE_MISMATCH'])
})

test('a change is told with the flags that it changed, and only then', async (t) => {
  const { client, set } = await testClient(t)
  const told: (string[] | undefined)[] = []
  client.addHandler(ProviderEvents.ConfigurationChanged, (details) => {
    told.push(details?.flagsChanged)
  })
  set({ switches: { stopJoins: true }, limits: { buyer: { burst: 3, perSecond: 1 } } })
  await until(() => told.length === 1, wait('the event'))
  assert.deepEqual(told[0], [
    'stop-joins',
    'limit-buyer',
    'limit-buyer-burst',
    'limit-buyer-per-second',
  ])
  set({ switches: { stopJoins: true }, limits: { buyer: { burst: 3, perSecond: 1 } } })
  set({ switches: { stopJoins: false }, limits: { buyer: { burst: 3, perSecond: 1 } } })
  await until(() => told.length === 2, wait('the next event'))
  assert.deepEqual(told[1], ['stop-joins'])
})

test('a configuration that nobody tells of any more is stale, and ready when it is read again', async (t) => {
  const { client, config, set } = await testClient(t, { staleAfterMs: 50, lookEveryMs: 10 })
  set({ switches: { readOnly: true } })
  await until(() => client.providerStatus === 'STALE', wait('it to be stale'))
  assert.equal(await client.getBooleanValue('read-only', false), true) // as it was last
  const heard = setInterval(config.confirm, 10)
  t.after(() => clearInterval(heard))
  await until(() => client.providerStatus === 'READY', wait('it to be ready'))
})
