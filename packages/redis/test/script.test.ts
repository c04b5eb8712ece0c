import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { testRedis } from '@flashsale/test-kit/redis.ts'
import { luaScript } from '../src/script.ts'

test('a script is files joined, runs under the key prefix, and once on a server that knew it not', async (t) => {
  const { redis, keyPrefix } = testRedis(t)
  const folder = await mkdtemp(join(tmpdir(), 'flashsale-lua-'))
  t.after(() => rm(folder, { recursive: true }))
  const parts = [
    `local by = tonumber(ARGV[1]) -- ${keyPrefix}`,
    "return redis.call('INCRBY', KEYS[1], by)",
  ]
  const files = await Promise.all(
    parts.map(async (source, i) => {
      const file = join(folder, `${i}.lua`)
      await writeFile(file, source)
      return pathToFileURL(file)
    }),
  )
  const add = luaScript(...files)
  assert.equal(await add(redis, ['counter'], [2]), 2) // this source is new to the server
  assert.equal(await add(redis, ['counter'], [3]), 5)
  assert.equal(await redis.get('counter'), '5')
})

test('an error of the script itself is the caller’s', async (t) => {
  const { redis } = testRedis(t)
  const missing = luaScript(new URL('./no-such.lua', import.meta.url))
  await assert.rejects(missing(redis, ['counter'], []), /ENOENT/)
})
