import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordHolds } from '../src/ledger/record-holds.ts'
import { acknowledge } from '../src/redis/acknowledge.ts'
import { readStreamLengths } from '../src/redis/read-backlog.ts'
import { createGroup, readEntries } from '../src/redis/stock-stream.ts'
import { reserveBatch } from '../src/stock/reserve-batch.ts'
import { testSale } from './sale.ts'

test('what waits for the ledger, and what was ever taken, is read from Redis', async (t) => {
  const { redis, streams, db, at, hold } = await testSale(t, { stock: 5 })
  const lengths = async () =>
    (await readStreamLengths(redis, [at])).map(({ made, waiting }) => [made, waiting])
  assert.deepEqual(await lengths(), [[0, 0]])
  const first = await hold()
  await hold()
  assert.deepEqual(await lengths(), [[2, 2]])

  await createGroup(streams, at)
  const wanted = { writer: 'w', from: 'new', count: 1, blockMs: 10 } as const
  await readEntries(streams, [at], wanted)
  await recordHolds(db, at, [first])
  assert.deepEqual(await lengths(), [[2, 2]]) // until it is acknowledged
  await acknowledge(redis, at, [first.id])
  assert.deepEqual(await lengths(), [[2, 1]])
  assert.deepEqual(await readStreamLengths(redis, []), [])
})

test('while admission is closed nothing is taken, and who has an order is told as ever', async (t) => {
  const { deps, attempt, reserve, inRedis } = await testSale(t, { stock: 5 })
  const mine = attempt({ buyer: 'ann', key: 'k' })
  await reserve([mine])
  const asked = [
    attempt({ buyer: 'ann', key: 'k' }),
    attempt({ buyer: 'ann', key: 'k', fingerprint: 'other' }),
    attempt({ buyer: 'ann' }),
    attempt({ buyer: 'bob', key: 'k' }),
    mine,
  ]
  const results = await reserveBatch({ ...deps, streamEntriesMax: 0 }, asked)
  assert.deepEqual(results, [
    { kind: 'repeated', orderId: mine.orderId },
    { kind: 'idempotency-mismatch' },
    { kind: 'limit-reached', orderIds: [mine.orderId] },
    { kind: 'unavailable' },
    { kind: 'held', orderId: mine.orderId },
  ])
  assert.deepEqual([...(await inRedis()).orders], [mine.orderId])
})
