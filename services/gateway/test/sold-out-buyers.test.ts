import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { ownRedis } from '@flashsale/test-kit/own-redis.ts'
import { buyerToken, newOrderId, outcome } from './gateway.ts'
import { counted, hearingGateway } from './hearing.ts'
import type { Handler } from './peers.ts'

const soon = (what: string) => ({ timeoutMs: 10_000, everyMs: 5, what })

/** Inventory has these pages of buyers, and gives everyone who asks an old order. */
async function soldOut(t: TestContext, pages: string[][], options: { buyersMax?: number } = {}) {
  const redis = await ownRedis(t)
  let away = false
  const inventory: Handler = ({ path, method }) => {
    if (method === 'POST') {
      return { status: 200, body: { results: [{ kind: 'repeated', orderId: newOrderId('ann') }] } }
    }
    if (away) return 'reset'
    const page = Number(new URLSearchParams(path.split('?')[1]).get('after') ?? 0)
    const next = page + 1 < pages.length ? { next: String(page + 1) } : {}
    return { status: 200, body: { buyers: pages[page] ?? [], ...next } }
  }
  const orders = pages.flat().length
  const world = await hearingGateway(t, {
    ...{ redis, inventory, ...options },
    sale: { ...counted(5, 5, orders) },
  })
  const { asked, call, path } = world
  const buy = async (buyer: string) => {
    const before = asked('/internal/reserve').length
    const wanted = { token: buyerToken(buyer), body: { quantity: 1 }, key: 'k' }
    const said = outcome(await call('POST', path, wanted))
    return `${said}${asked('/internal/reserve').length > before ? ', asked' : ''}`
  }
  const knows = () =>
    until(() => !world.board.mayHaveOrder(world.now(), 'nobody' as never), soon('the buyers'))
  return {
    ...world,
    ...{ buy, knows, redis, pages },
    setAway(now: boolean) {
      away = now
    },
    readings: () => asked('/internal/sales/').filter((one) => !one.path.includes('after=')).length,
  }
}

test('of a sold-out sale only those with an order are passed on; the others hear it from memory', async (t) => {
  const { buy, knows, tells, asked, sale } = await soldOut(t, [['ann', 'bob'], ['cid'], ['dan']])
  await tells(counted(0, 6, 4))
  await knows()
  assert.equal(await buy('eve'), '409 sold-out')
  for (const buyer of ['ann', 'cid', 'dan']) assert.equal(await buy(buyer), '202, asked')
  const pages = asked(`/internal/sales/${sale.id}/buyers`).map(({ path }) => path.split('?')[1])
  assert.deepEqual(pages, ['epoch=1', 'epoch=1&after=1', 'epoch=1&after=2'])
})

test('who buys what came back is one of them from the message on, without reading again', async (t) => {
  const { buy, knows, tells, now, readings } = await soldOut(t, [['ann']])
  await tells(counted(0, 6, 1))
  await knows()
  assert.equal(await buy('eve'), '409 sold-out')
  await tells(counted(1, 7, 1))
  await tells(counted(0, 8, 2), ['eve'])
  await until(() => now().orders === 2, soon('both messages'))
  assert.equal(await buy('eve'), '202, asked')
  assert.equal(await buy('fay'), '409 sold-out')
  assert.equal(readings(), 1)
})

test('when an order was missed, all with a key are passed on until the buyers were read anew', async (t) => {
  const { buy, knows, tells, now, readings, setAway, pages } = await soldOut(t, [['ann']])
  await tells(counted(0, 6, 1))
  await knows()
  setAway(true)
  pages[0]?.push('eve')
  await tells(counted(0, 9, 3), ['dan']) // of eve's order nobody told
  await until(() => now().orders === 3, soon('the message'))
  for (const buyer of ['ann', 'eve', 'fay']) assert.equal(await buy(buyer), '202, asked')
  setAway(false)
  pages[0]?.push('dan')
  await knows()
  assert.deepEqual([await buy('eve'), await buy('gil')], ['202, asked', '409 sold-out'])
  assert.ok(readings() >= 2)
})

test('an order that inventory counts and nobody told of is read within a few seconds', async (t) => {
  const { buy, knows, tells, reads, board, now, pages } = await soldOut(t, [['ann']])
  await tells(counted(0, 6, 1))
  await knows()
  pages[0]?.push('eve')
  reads(counted(0, 8, 2))
  await board.refresh()
  assert.equal(now().orders, 2)
  assert.equal(await buy('eve'), '202, asked')
  await knows()
  assert.deepEqual([await buy('eve'), await buy('fay')], ['202, asked', '409 sold-out'])
})

test('while Redis can’t be heard, or after it, until the sales were read, all are passed on', async (t) => {
  const { buy, knows, tells, redis, broadcast, reads, pages } = await soldOut(t, [['ann']])
  await tells(counted(0, 6, 1))
  await knows()
  reads(counted(0, 6, 1))
  await redis.kill()
  await until(() => !broadcast.hears(), soon('the line to end'))
  assert.equal(await buy('eve'), '202, asked')
  pages[0]?.push('hal') // nobody told, and the inventory that counts orders has not seen it
  await redis.start()
  await knows()
  assert.equal(await buy('hal'), '202, asked')
  assert.equal(await buy('fay'), '409 sold-out')
  assert.equal(await buy('eve'), '202, asked') // who was let through once
})

test('a sale with more orders than are kept here passes everyone on', async (t) => {
  const { buy, tells, now, readings } = await soldOut(t, [['ann', 'bob', 'cid']], { buyersMax: 2 })
  await tells(counted(0, 6, 3))
  await until(() => now().free === 0, soon('the message'))
  assert.equal(await buy('eve'), '202, asked')
  assert.equal(readings(), 0)
})
