import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { releaseHolds } from '../src/db/returns.ts'
import { holdBack } from '../src/db/segments.ts'
import { recordEntries } from '../src/ledger/record-entries.ts'
import { rebuildSegment } from '../src/rebuild/rebuild-segment.ts'
import { install } from '../src/redis/install.ts'
import { reserve } from '../src/redis/reserve.ts'
import { returnUnits } from '../src/redis/return-units.ts'
import { saleKeys } from '../src/redis/sale-keys.ts'
import { assertNoDrift, at, forget, kinds, rebuild, record } from './rebuilding.ts'
import { quiet, testSale } from './sale.ts'

test('a writer stopped with a batch in hand across the rebuild sells no unit again (R2)', async (t) => {
  const sale = await testSale(t, { stock: 1 })
  const lost = await sale.hold({ buyer: 'ann' })
  const before = sale.at
  await forget(sale)
  await sale.redis.del(saleKeys(sale.at).stream) // its tail is gone, the writer's memory is not
  await rebuild(sale)
  const sold = await sale.hold({ buyer: 'bob' }) // the same unit
  assert.deepEqual(sold.held, lost.held)

  await recordEntries({ ...sale, log: quiet }, before, [lost])
  await record(sale)
  const { holds, units } = await sale.inLedger()
  assert.equal(holds.get(lost.orderId)?.state, 'refused')
  assert.deepEqual(
    units.map(({ orderId }) => orderId),
    [sold.orderId],
  )
  assert.deepEqual(await sale.events('stock.not-recorded'), [lost.orderId])
  assert.equal(sale.sale().heldBack, null) // refused for its epoch: no return, no rebuild (R5d)
  await assertNoDrift(sale)
})

test('a writer inside its fence is waited for, and what it wrote is in the rebuilt Redis', async (t) => {
  const sale = await testSale(t, { stock: 5 })
  const entry = await sale.hold({ buyer: 'ann' })
  const writer = await sale.db.pool.connect()
  await writer.query('begin')
  await writer.query('select epoch from segments for share')
  try {
    await forget(sale)
    await sale.redis.del(saleKeys(sale.at).stream)
    const rebuilding = rebuild(sale)
    await until(
      async () => {
        const text = `select from pg_stat_activity where wait_event_type = 'Lock'
                    and query like '%epoch = epoch + 1%'`
        return ((await sale.db.query(text)).rowCount ?? 0) > 0
      },
      { timeoutMs: 5_000, what: 'the raise to wait for the writer' },
    )
    const values = [entry.orderId, sale.saleId]
    await writer.query(
      `insert into holds (order_id, sale_id, segment, buyer_id, fingerprint, units, epoch, state, held_at)
     values ($1, $2, 0, 'ann', 'f', '{1}', 1, 'held', now())`,
      values,
    )
    await writer.query(
      `insert into hold_units (order_id, line, sale_id, segment, unit, buyer_id, slot)
     values ($1, 1, $2, 0, 1, 'ann', 1)`,
      values,
    )
    await writer.query('commit')
    assert.equal((await rebuilding).kind, 'rebuilt')
    assert.deepEqual([...(await sale.inRedis()).owners], [[1, entry.orderId]])
  } finally {
    writer.release(true)
  }
})

test('a return stopped between snapshot and install is not lost (R7)', async (t) => {
  const sale = await testSale(t, { stock: 1 })
  const ann = await sale.hold({ buyer: 'ann' })
  await record(sale)
  await forget(sale)
  const giveBack = () => returnUnits(sale.redis, { ...ann, ...sale.at, buyerId: 'ann' })
  await rebuild(
    sale,
    at('staged', async () => {
      await sale.db.tx((tx) => releaseHolds(tx, [ann.orderId]))
      await sale.register.refresh()
      assert.equal((await giveBack()).kind, 'forgot') // it waits
    }),
  )
  assert.deepEqual(await giveBack(), { kind: 'returned', count: 1 })
  assert.deepEqual(await kinds(sale.reserve([sale.attempt(), sale.attempt()])), [
    'held',
    'sold-out',
  ])
})

test('of two rebuilders one waits for nothing and changes nothing', async (t) => {
  const sale = await testSale(t)
  await forget(sale)
  let second: string | undefined
  const rebuilt = await rebuild(
    sale,
    at('epoch-raised', async () => {
      second = (await rebuildSegment({ ...sale, log: quiet }, sale.at)).kind
    }),
  )
  assert.deepEqual([rebuilt.kind, second, sale.sale().epoch], ['rebuilt', 'busy', 2])
})

for (const stoppedAt of ['drained', 'epoch-raised', 'staged'] as const) {
  test(`a rebuilder that lost its lock ${stoppedAt} and was overtaken undoes nothing`, async (t) => {
    const sale = await testSale(t, { stock: 2 })
    await sale.hold({ buyer: 'ann' })
    await record(sale)
    await forget(sale)
    let overtaken = false
    const loseLock = () =>
      sale.db.query(`select pg_terminate_backend(pid) from pg_locks
                     where locktype = 'advisory' and pid <> pg_backend_pid()
                       and database = (select oid from pg_database where datname = current_database())`)
    const { kind } = await rebuild(
      sale,
      at(stoppedAt, async () => {
        if (overtaken) return
        overtaken = true
        await loseLock()
        await until(async () => (await rebuild(sale)).kind === 'rebuilt', {
          timeoutMs: 5_000,
          what: 'the other rebuilder',
        })
        await sale.hold({ buyer: 'bob' })
      }),
    )
    assert.equal(kind, 'superseded')
    const { owners, remembers } = await sale.inRedis()
    assert.deepEqual([owners.size, remembers], [2, true])
    await record(sale)
    await assertNoDrift(sale)
  })
}

test('killed after the raise: Redis goes on refusing, and the next rebuild mends it', async (t) => {
  const sale = await testSale(t, { stock: 2 })
  await sale.hold({ buyer: 'ann' })
  await forget(sale)
  const killed = rebuild(
    sale,
    at('epoch-raised', () => Promise.reject(new Error('killed'))),
  )
  await assert.rejects(killed, /killed/)
  await sale.register.refresh()
  assert.deepEqual(await kinds(sale.reserve([sale.attempt()])), ['unavailable'])
  assert.deepEqual(await rebuild(sale), { kind: 'rebuilt', epoch: 3 })
  assert.deepEqual(await kinds(sale.reserve([sale.attempt(), sale.attempt()])), [
    'held',
    'sold-out',
  ])
})

test('what was staged into a server that restarted is not switched to', async (t) => {
  const sale = await testSale(t)
  const head = { last: 0, stock: 1, stockVersion: 1, opensAtMs: 0, closesAtMs: 1, phase: 'ready' }
  const to = {
    ...sale.at,
    ...head,
    epoch: 2,
    phaseVersion: 1,
    perBuyerLimit: 1,
    filled: { runId: 'before', mark: 'm' },
  }
  assert.deepEqual(await install(sale.redis, to), { kind: 'other-server' })
  assert.equal((await sale.inRedis()).epoch, 1)
})

test('Redis takes nothing from the drain to the switch, also when it forgot nothing', async (t) => {
  const sale = await testSale(t, { stock: 5 })
  const said: string[] = []
  const ask = async () => void said.push((await reserve(sale.redis, before, [sale.attempt()])).kind)
  const before = sale.at
  for (const step of ['drained', 'epoch-raised', 'staged'] as const) {
    await holdBack(sale.db, sale.at, 'drift')
    await rebuild(sale, at(step, ask))
  }
  assert.deepEqual(said, ['forgot', 'forgot', 'forgot'])
})
