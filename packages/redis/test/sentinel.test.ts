import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type OwnRedis, ownRedis } from '@flashsale/test-kit/own-redis.ts'
import { freePort } from '@flashsale/test-kit/process.ts'
import { eventually } from '@flashsale/test-kit/wait.ts'
import { closeRedis, connectRedis, whenReady } from '../src/connection.ts'
import { sentinelOptions } from '../src/redis-url.ts'

const FOUND_OUT_MS = 500
const TAKEN_OVER_WITHIN_MS = 30_000
const within = { timeoutMs: TAKEN_OVER_WITHIN_MS }

/** A Sentinel of the test's own, which decides alone. */
async function ownSentinel(t: TestContext, name: string, primary: OwnRedis): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'flashsale-sentinel-'))
  const port = await freePort()
  const config = join(folder, 'sentinel.conf')
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${name} 127.0.0.1 ${primary.port} 1`,
    `sentinel down-after-milliseconds ${name} ${FOUND_OUT_MS}`,
    `sentinel failover-timeout ${name} 5000`,
  ]
  await writeFile(config, `${lines.join('\n')}\n`)
  const program = process.env.REDIS_SERVER || 'redis-server'
  const child = spawn(program, [config, '--sentinel'], { cwd: '/', stdio: 'ignore' })
  t.after(async () => {
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
    await rm(folder, { recursive: true })
  })
  const asked = connectRedis({ url: `redis://127.0.0.1:${port}` })
  const knowsCopy = async () => String(await asked.call('sentinel', 'replicas', name)) !== ''
  await eventually('it to know the copy', () => knowsCopy().catch(() => false), within)
  await closeRedis(asked)
  return port
}

test('by its Sentinels the server is found, and the one that takes over when it dies', async (t) => {
  const first = await ownRedis(t)
  const second = await ownRedis(t, { replicaOf: first })
  const sentinel = await ownSentinel(t, 'flashsale', first)
  const away = await freePort() // of three Sentinels one may be away
  const url = `redis+sentinel://127.0.0.1:${away}/flashsale?sentinel=127.0.0.1:${sentinel}`
  const redis = connectRedis({ url })
  t.after(() => closeRedis(redis))
  const portOf = async () => /tcp_port:(\d+)/.exec(await redis.info('server'))?.[1]

  await whenReady(redis, TAKEN_OVER_WITHIN_MS)
  assert.equal(await portOf(), String(first.port))
  await redis.set('key', 'value')
  const copied = async () => Number(await redis.wait(1, 100)) === 1
  await eventually('the copy to have it', () => copied().catch(() => false), within)
  await first.kill()
  const isOnSecond = async () => (await portOf()) === String(second.port)
  await eventually('the other to take over', () => isOnSecond().catch(() => false), within)
  await eventually(
    'it to take writes',
    () =>
      redis.set('key', 'new').then(
        () => true,
        () => false,
      ),
    within,
  )
  assert.equal(await redis.get('key'), 'new')
})

test('a URL of Sentinels names them, the server behind them, and who asks', () => {
  const url = 'rediss+sentinel://shop:p%40ss@one/flash%20sale?sentinel=two:1234&sentinel=three'
  const trusted = { ca: 'an authority' }
  const { sentinels, name, username, password, tls, sentinelTLS } =
    sentinelOptions(url, trusted) ?? {}
  assert.deepEqual(sentinels, [
    { host: 'one', port: 26_379 },
    { host: 'two', port: 1234 },
    { host: 'three', port: 26_379 },
  ])
  assert.deepEqual([name, username, password], ['flash sale', 'shop', 'p@ss'])
  assert.deepEqual([tls, sentinelTLS], [trusted, trusted]) // server and Sentinels alike
  assert.equal(sentinelOptions(url.replace('rediss', 'redis'), trusted)?.tls, undefined)
  assert.equal(sentinelOptions('redis://127.0.0.1:6379/0'), undefined)
  assert.equal(sentinelOptions('rediss://127.0.0.1'), undefined)
})

for (const [url, says] of [
  ['redis+sentinel://one:26379', /\/NAME of the primary/],
  ['redis+cluster://one:6379', /Cluster is not read yet/],
  ['http://one:6379', /comes before/],
] as const) {
  test(`${url} is refused in one line`, () => {
    assert.throws(() => sentinelOptions(url), says)
  })
}
