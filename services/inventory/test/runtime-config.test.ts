import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { CONFIG_KEY, channels } from '@flashsale/contracts/channels.ts'
import type { ConfigTold } from '@flashsale/contracts/http/runtime-config.ts'
import { closeRedis, connectRedis } from '@flashsale/redis/connection.ts'
import { channelName } from '@flashsale/redis/publish.ts'
import { createRuntimeConfig } from '@flashsale/runtime-config/runtime-config.ts'
import { createApp } from '@flashsale/service-kit/app.ts'
import { problemCode } from '@flashsale/service-kit/problem.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { ownRedis } from '@flashsale/test-kit/own-redis.ts'
import { runtimeConfig } from '../src/http/runtime-config.ts'
import { startConfigTeller } from '../src/jobs/tell-config.ts'
import { keepConfig } from '../src/redis/keep-config.ts'
import { quiet, testInventory } from './sale.ts'

const WAIT_MS = 10_000
const readOnly = (on: boolean) => ({ switches: { readOnly: on } })
const wait = (what: string) => ({ what, timeoutMs: WAIT_MS })

type Inventory = Awaited<ReturnType<typeof testInventory>>

/** One instance of inventory, as far as the configuration goes. */
function startInstance(t: TestContext, { db, redis }: Inventory) {
  const config = createRuntimeConfig(quiet)
  const teller = startConfigTeller({ db, redis, config, log: quiet })
  const app = createApp({ name: 'inventory', logLevel: 'silent' })
  app.register(runtimeConfig, { db, teller, log: quiet, prefix: '/internal' })
  t.after(() => Promise.all([teller.stop(), app.close()]))
  const call = async (
    method: 'GET' | 'PATCH' | 'POST',
    path: string,
    body?: object,
    headers = {},
  ) => {
    const url = `/internal/config${path}`
    const answer = await app.inject({ method, url, headers, ...(body && { body }) })
    const { statusCode: status, payload } = answer
    const parsed = payload === '' ? undefined : JSON.parse(payload)
    const code = problemCode(parsed)
    return { status, body: parsed, code, headers: answer.headers }
  }
  const change = (change: object, more: object = {}) =>
    call('PATCH', '', { who: 'op', why: 'a test', change, dryRun: false, ...more })
  return { config, teller, call, change }
}

test('a change is a new version, in force at once, and the history says who, why, when and what', async (t) => {
  const inventory = await testInventory(t)
  const { call, change, config } = startInstance(t, inventory)
  assert.deepEqual((await call('GET', '')).body, { version: 0, document: {} })

  const first = await change(readOnly(true), { who: 'ann', why: 'the bank is away' })
  assert.equal(first.status, 200)
  assert.equal(config.current().switches.readOnly, true)
  const bucket = { burst: 5, perSecond: 1 }
  const second = await change({ limits: { buyer: bucket } }, { who: 'bob' })
  assert.ok(second.body.version > first.body.version)
  assert.deepEqual(second.body.document.switches.readOnly, true) // it stays
  assert.deepEqual((await call('GET', '')).body.document, second.body.document)

  const { changes } = (await call('GET', '/history')).body
  const seen = changes.map(({ who, why, version, beforeVersion, differences }: never) => ({
    who,
    why,
    version,
    beforeVersion,
    differences,
  }))
  assert.deepEqual(seen, [
    {
      who: 'bob',
      why: 'a test',
      version: second.body.version,
      beforeVersion: first.body.version,
      differences: [{ at: '/limits/buyer', after: bucket }],
    },
    {
      who: 'ann',
      why: 'the bank is away',
      version: first.body.version,
      beforeVersion: 0,
      differences: [{ at: '/switches/readOnly', before: false, after: true }],
    },
  ])
  assert.ok(Math.abs(Date.parse(changes[0].at) - Date.now()) < 60_000)
  const page = (await call('GET', '/history?limit=1')).body
  assert.deepEqual([page.changes.length, page.nextCursor], [1, String(second.body.version)])
  const rest = (await call('GET', `/history?limit=1&cursor=${page.nextCursor}`)).body
  assert.deepEqual([rest.changes[0].who, rest.nextCursor], ['ann', undefined])
})

test('a dry run, a change of nothing, and a bad one make no version', async (t) => {
  const inventory = await testInventory(t)
  const { call, change, config } = startInstance(t, inventory)
  const { version, document } = (await change(readOnly(true))).body

  const dry = await change({ switches: { stopJoins: true } }, { dryRun: true })
  assert.deepEqual([dry.status, dry.body.version, dry.body.dryRun], [200, version, true])
  assert.equal(dry.body.document.switches.stopJoins, true)
  const expected = [{ at: '/switches/stopJoins', before: false, after: true }]
  assert.deepEqual(dry.body.differences, expected)

  const same = await change(readOnly(true))
  assert.deepEqual([same.body.version, same.body.differences], [version, []])

  const bad = { switches: { readOnly: 1, readonly: true }, limits: { buyer: { burst: 0 } } }
  for (const dryRun of [true, false]) {
    const refused = await change(bad, { dryRun })
    assert.deepEqual([refused.status, refused.code], [400, 'invalid-request'])
    const places = refused.body.errors.map(({ at }: { at: string }) => at).sort()
    assert.deepEqual(places, [
      'document/limits/buyer/burst',
      'document/limits/buyer/perSecond',
      'document/switches/readOnly',
    ])
  }
  assert.equal((await change({ switches: { readonly: true } })).status, 400)
  assert.equal((await change(readOnly(false), { why: '' })).status, 400)
  assert.deepEqual((await call('GET', '?fresh=true')).body, { version, document })
  assert.equal(config.current().switches.stopJoins, false)
  assert.equal((await call('GET', '/history')).body.changes.length, 1)
})

test('changes of different parts at once undo nothing; of two that expect the same version one is refused', async (t) => {
  const inventory = await testInventory(t)
  const [one, two] = [startInstance(t, inventory), startInstance(t, inventory)]
  const first = await Promise.all([
    one.change(readOnly(true)),
    two.change({ switches: { stopJoins: true } }),
    one.change({ switches: { serveStale: true } }),
  ])
  assert.deepEqual(
    first.map(({ status }) => status),
    [200, 200, 200],
  )
  const { version, document } = (await two.call('GET', '?fresh=true')).body
  const on = { serveStale: true, closeCardPayments: false, readOnly: true, stopJoins: true }
  assert.deepEqual(document.switches, on)

  const all = await Promise.all(
    Array.from({ length: 10 }, (_, i) => {
      const change = { limits: { buyer: { burst: i + 1, perSecond: 1 } } }
      return (i % 2 ? one : two).change(change, { expectedVersion: version })
    }),
  )
  const statuses = Map.groupBy(all, ({ status }) => status)
  assert.deepEqual([statuses.get(200)?.length, statuses.get(409)?.length], [1, 9])
  const [refused] = statuses.get(409) ?? []
  const [done] = statuses.get(200) ?? []
  assert.deepEqual([refused?.code, refused?.body.version], ['config-changed', done?.body.version])
  const { changes } = (await one.call('GET', '/history')).body
  assert.equal(changes.length, 4)
  for (const [i, { beforeVersion }] of changes.entries()) {
    assert.equal(beforeVersion, changes[i + 1]?.version ?? 0) // one chain
  }
})

test('what was can be made so again, as a new version', async (t) => {
  const inventory = await testInventory(t)
  const { call, change } = startInstance(t, inventory)
  const { version, document } = (await change(readOnly(true))).body
  await change({ switches: { readOnly: false, stopJoins: true } })
  const asked = { who: 'op', why: 'back', dryRun: false }
  const dry = await call('POST', '/roll-back', { ...asked, version, dryRun: true })
  assert.deepEqual(dry.body.document, document)
  assert.equal((await call('GET', '')).body.document.switches.stopJoins, true)
  const back = await call('POST', '/roll-back', { ...asked, version })
  assert.deepEqual(back.body.document, document)
  assert.ok(back.body.version > version)
  const none = await call('POST', '/roll-back', { ...asked, version: 0 })
  assert.equal(none.body.document.switches.readOnly, false)
  const unknown = await call('POST', '/roll-back', { ...asked, version: 5 })
  assert.deepEqual([unknown.status, unknown.code], [404, 'not-found'])
})

test('the history is never rewritten, and a version made after a loss is higher than any before', async (t) => {
  const inventory = await testInventory(t)
  const { db } = inventory
  const { change } = startInstance(t, inventory)
  const { version: first } = (await change(readOnly(true))).body
  const { version: lost } = (await change(readOnly(false))).body
  const rewrites = [
    `update runtime_config set who = 'nobody'`,
    'delete from runtime_config',
    'truncate runtime_config',
  ]
  for (const sql of rewrites) await assert.rejects(db.query(sql), /never changed/)

  // As after a restore from an older backup.
  await db.query('alter table runtime_config disable trigger user')
  await db.query('delete from runtime_config where version = $1', [lost])
  const other = startInstance(t, inventory)
  await until(() => other.config.version() === first, wait('the earlier version'))
  const next = await other.change({ switches: { stopJoins: true } })
  assert.ok(next.body.version > lost, `${next.body.version} after ${lost}`)
})

test('another instance knows a change soon, and answers by its version', async (t) => {
  const inventory = await testInventory(t)
  const [one, two] = [startInstance(t, inventory), startInstance(t, inventory)]
  const { version } = (await one.change(readOnly(true))).body
  await until(() => two.config.version() === version, wait('the other instance'))
  const known = await two.call('GET', '', undefined, { 'if-none-match': `"${version}"` })
  assert.deepEqual([known.status, known.headers.etag], [304, `"${version}"`])
  assert.equal((await two.call('GET', '')).body.document.switches.readOnly, true)
})

test('Redis is told of a change, and again when it forgot; what is older never comes over what is newer', async (t) => {
  const server = await ownRedis(t)
  const inventory = await testInventory(t, server)
  const { redis } = inventory
  const { change } = startInstance(t, inventory)
  const listener = connectRedis({ url: server.url })
  t.after(() => closeRedis(listener))
  const heard: ConfigTold[] = []
  listener.on('message', (_channel: string, text: string) => heard.push(JSON.parse(text)))
  const subscribe = () => listener.subscribe(channelName(listener, channels.config))
  const subscribed = () => subscribe().catch(() => false as const)
  await until(subscribed, wait('the subscription'))

  const { version, document } = (await change(readOnly(true))).body
  await until(() => heard.length === 1, wait('the message'))
  assert.deepEqual(heard[0], { version, document })
  const older = { version: version - 1, document: {} }
  assert.equal(await keepConfig(redis, older), false)
  assert.equal(await keepConfig(redis, { version, document }), false)
  assert.equal(await redis.hget(CONFIG_KEY, 'version'), String(version))

  await server.kill()
  await server.forget()
  const next = await change({ switches: { stopJoins: true } }) // nobody waits for Redis
  assert.equal(next.status, 200)
  await server.start()
  const stored = () => redis.hget(CONFIG_KEY, 'version').catch(() => undefined)
  await until(async () => (await stored()) === String(next.body.version), wait('Redis to know'))
})
