import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Redis } from 'ioredis'
import { ownStateDir } from '../../src/checkout.ts'
import { restRows } from '../../src/soak/files-at-rest.ts'
import { runSoak } from '../../src/soak/run-soak.ts'
import { startStack } from '../../src/stack/stack.ts'

const options = {
  minutes: 0.1,
  kills: false,
  attemptsPerSecond: 20,
  seed: 1,
  json: undefined,
  svg: undefined,
  warmUpMs: 1_000,
}

test('a soak of seconds looks at everything, ends every order and leaves no sale in Redis', async (t) => {
  const stack = await startStack({ stateDir: ownStateDir('soak-test'), fresh: true, external: {} })
  t.after(() => stack.stop({ wipe: true }))
  const { samples, checks, receipts, probes, sales, report, cores, rest } = await runSoak(
    stack,
    options,
  )

  assert.ok(receipts.length > 0)
  assert.deepEqual(
    checks.filter(({ holds }) => !holds),
    [],
  )
  assert.deepEqual(report.failures, [])
  const kinds = new Set(probes.filter(({ first }) => first === 'in time').map(({ kind }) => kind))
  assert.deepEqual([...kinds].sort(), ['buy: sold out', 'buy: units free', 'read an order'])

  const seen = Object.keys(samples.at(-1)?.figures ?? {})
  for (const name of ['gateway', 'inventory', 'order', 'payment']) {
    for (const figure of ['memory', 'fds', 'heap', 'event loop p99']) {
      assert.ok(seen.includes(`${figure} ${name}`), `${figure} ${name} in ${seen}`)
    }
    assert.ok((cores[name] ?? 0) > 0, `CPU of ${name}`)
  }
  for (const name of ['memory postgres', 'memory redis', 'memory kafka', 'redis keys', 'orders']) {
    assert.ok(seen.includes(name), name)
  }
  for (const name of ['table size order.outbox', 'kept size inventory.holds', 'connections']) {
    assert.ok(seen.includes(name), name)
  }

  const open = restRows(rest.before, rest.after, true)
  assert.ok(open.length >= 5, `${open.length}`)
  assert.deepEqual(
    open.filter(({ verdict }) => verdict === 'kept'),
    [],
  )
  assert.ok(sales >= 4)
  const redis = new Redis(stack.addresses.redis)
  const left = await redis.keys('sale:*')
  redis.disconnect()
  assert.deepEqual(left, [])
})
