import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testRedis } from '@flashsale/test-kit/redis.ts'
import { assertSupported, refusalOf } from '../src/oldest-version.ts'

test('a Redis before 6.2 is refused in one line, a later one is not', () => {
  const info = (version: string) =>
    `# Server\r\nredis_version:${version}\r\nredis_mode:standalone\r\n`
  for (const version of ['5.0.14', '6.0.16', '6.1.240']) {
    const refusal = `Redis ${version} is too old: the oldest supported is 6.2`
    assert.equal(refusalOf(info(version)), refusal)
  }
  for (const version of ['6.2.0', '6.2.14', '7.0.15', '8.2.1', '10.0.0']) {
    assert.equal(refusalOf(info(version)), undefined)
  }
})

test('the Redis that all tests run on is supported', async (t) => {
  const { redis } = testRedis(t)
  await assertSupported(redis)
})
