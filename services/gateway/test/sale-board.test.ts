import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SalesAnswer } from '@flashsale/contracts/http/inventory.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { aSale, buyerToken, startGateway } from './gateway.ts'
import { startPeer, type Told } from './peers.ts'

const answer = (sales: SalesAnswer['sales']): Told => ({
  status: 200,
  body: { redisTimeMs: Date.now(), sales },
})

test('facts are asked for again and again, one call at a time however many want them', async (t) => {
  const sale = aSale()
  let open = 0
  let most = 0
  const peer = await startPeer(t, async () => {
    most = Math.max(most, ++open)
    await new Promise((resolve) => setTimeout(resolve, 20))
    open--
    return answer([sale])
  })
  const { board } = await startGateway(t, { inventoryUrl: peer.url })
  const before = peer.asked.length
  await Promise.all(Array.from({ length: 500 }, () => board.refresh()))
  assert.equal(most, 1)
  assert.ok(peer.asked.length - before <= 3, `${peer.asked.length - before} calls`)
  const polled = peer.asked.length
  await until(() => peer.asked.length >= polled + 2, { timeoutMs: 2000, what: 'two polls' })
})

test('a refresh never gives what was asked for before it', async (t) => {
  const sale = aSale({ free: 5 })
  const held: (() => void)[] = []
  const peer = await startPeer(t, async () => {
    const told = answer([{ ...sale }])
    await new Promise<void>((resolve) => held.push(resolve))
    return told
  })
  const starting = startGateway(t, { inventoryUrl: peer.url })
  const release = setInterval(() => held.shift()?.(), 20)
  t.after(() => clearInterval(release))
  const { board } = await starting
  await until(() => held.length > 0, { timeoutMs: 2000, everyMs: 1, what: 'a poll under way' })
  sale.free = 0
  await board.refresh()
  assert.equal(board.stateOf(board.all()[0] ?? sale), 'sold-out')
})

test('the board outlives an inventory that is away, and takes its word again when it is back', async (t) => {
  const sale = aSale()
  let does: 'fine' | 'hang' | 'reset' = 'fine'
  const peer = await startPeer(t, () => (does === 'fine' ? answer([sale]) : does))
  const { board, call } = await startGateway(t, { inventoryUrl: peer.url })
  for (does of ['hang', 'reset'] as const) {
    assert.equal(await board.refresh(), false)
    assert.equal((await call('GET', `/v1/sales/${sale.id}`)).status, 200)
  }
  does = 'fine'
  sale.phase = 'paused'
  await until(() => board.stateOf(board.all()[0] ?? sale) === 'paused', {
    timeoutMs: 3000,
    what: 'the pause',
  })
})

test('a number of units left that was not renewed for 3 s is no longer believed', async (t) => {
  const sale = aSale({ free: 0 })
  let does: 'fine' | 'reset' = 'fine'
  const peer = await startPeer(t, ({ path }) =>
    does === 'fine' && path.startsWith('/internal/sales') ? answer([sale]) : 'reset',
  )
  const { board, call } = await startGateway(t, { inventoryUrl: peer.url })
  const buy = async () =>
    (
      await call('POST', `/v1/sales/${sale.id}/orders`, {
        token: buyerToken(),
        body: { quantity: 1 },
      })
    ).status
  assert.equal(await buy(), 409)
  does = 'reset'
  await until(() => !board.knowsStockOf(sale), { timeoutMs: 8000, everyMs: 50, what: 'doubt' })
  assert.equal(await buy(), 503)
  does = 'fine'
  await board.refresh()
  assert.equal(await buy(), 409)
})

test('while the ledger is away, questions about made-up sales do not hide what is left of the others', async (t) => {
  const sale = aSale({ free: 5 })
  const peer = await startPeer(t, ({ path }) =>
    path === '/internal/sales' ? answer([{ ...sale }]) : { status: 503 },
  )
  const { board, call } = await startGateway(t, { inventoryUrl: peer.url })
  sale.free = 4
  for (let i = 0; i < 3; i++) {
    assert.equal((await call('GET', `/v1/sales/${aSale().id}`)).status, 503) // it could be there
  }
  assert.equal(board.all()[0]?.free, 4)
  assert.equal(await board.refresh({ fresh: true }), false)
})
