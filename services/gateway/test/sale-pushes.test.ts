import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sleep, until } from '@flashsale/service-kit/wait.ts'
import { ownRedis } from '@flashsale/test-kit/own-redis.ts'
import { aSale, buyerToken, outcome, startGateway } from './gateway.ts'
import { CALM_MS, counted, hearingGateway } from './hearing.ts'
import { startPeer } from './peers.ts'

const soon = (what: string) => ({ timeoutMs: 10_000, everyMs: 1, what })

test('what Redis tells is so at once, although inventory, asked before, says otherwise', async (t) => {
  const { board, state, tells, polls } = await hearingGateway(t, { sale: counted(0, 5) })
  assert.equal(state(), 'sold-out')
  await tells(counted(1, 6))
  await until(() => state() === 'open', soon('the unit that came back'))
  await board.refresh() // which answers as before
  assert.equal(state(), 'open')
  await tells({ ...counted(1, 6), phase: 'paused', versions: { phase: 2, stock: 1, free: 6 } })
  await until(() => state() === 'paused', soon('the pause'))
  const asked = polls()
  await tells(counted(0, 5)) // late
  await tells({ ...counted(0, 7), versions: { phase: 2, stock: 1, free: 7 }, phase: 'paused' })
  await until(() => board.all()[0]?.free === 0, soon('the last message'))
  assert.equal(state(), 'paused')
  assert.ok(polls() - asked <= 1, 'without asking')
})

test('a message that was lost is made good within a second, and Redis is not asked more often', async (t) => {
  const { state, reads, polls } = await hearingGateway(t, { sale: counted(0, 5) })
  const before = polls()
  await sleep(3 * CALM_MS)
  const asked = polls() - before
  assert.ok(asked >= 2 && asked <= 4, `${asked} times in 3 s`)
  reads(counted(1, 6)) // nobody told
  const startedAt = performance.now()
  await until(() => state() === 'open', soon('the unit that came back'))
  const tookMs = performance.now() - startedAt
  assert.ok(tookMs < CALM_MS + 500, `${tookMs} ms`) // the machine may be busy
})

test('while something is unknown, or Redis is away, inventory is asked four times a second', async (t) => {
  const redis = await ownRedis(t)
  const { reads, polls, board, broadcast } = await hearingGateway(t, { redis })
  const inTwoSeconds = async () => {
    const before = polls()
    await sleep(2_000)
    return polls() - before
  }
  reads({ free: null, orders: null })
  await board.refresh()
  assert.ok((await inTwoSeconds()) >= 4)
  reads(counted(3, 6))
  await board.refresh()
  assert.ok((await inTwoSeconds()) <= 3)
  await redis.kill()
  await until(() => !broadcast.hears(), soon('the line to end'))
  assert.ok((await inTwoSeconds()) >= 4)
})

test('each time the line is up again, the sales are read at once', async (t) => {
  const sale = aSale()
  const body = { redisTimeMs: Date.now(), sales: [sale] }
  const peer = await startPeer(t, () => ({ status: 200, body }))
  let reconnected = () => {}
  const broadcast = {
    ...{ on() {}, stop() {}, hears: () => true },
    onReconnect(listener: () => void) {
      reconnected = listener
    },
  }
  const { board } = await startGateway(t, { inventoryUrl: peer.url, broadcast })
  for (let i = 0; i < 5; i++) {
    await board.refresh()
    const before = peer.asked.length
    reconnected()
    const isAsked = () => peer.asked.length > before
    await until(isAsked, { timeoutMs: 100, everyMs: 1, what: 'the sales to be read' })
  }
})

test('what changed while the line was down is known when it is up again', async (t) => {
  const redis = await ownRedis(t)
  const { reads, state, broadcast } = await hearingGateway(t, { redis, sale: counted(0, 5) })
  await redis.kill()
  await until(() => !broadcast.hears(), soon('the line to end'))
  await redis.start()
  reads(counted(2, 6))
  await until(broadcast.hears, soon('the line to be up'))
  await until(() => state() === 'open', soon('the sale to be read'))
})

test('a message that makes no sense changes nothing, and the next one counts', async (t) => {
  const { state, tells, publish, sale } = await hearingGateway(t, { sale: counted(0, 5) })
  await publish({ id: sale.id, free: 7 })
  await publish('nonsense')
  await tells(counted(1, 6))
  await until(() => state() === 'open', soon('the message behind them'))
})

test('a sale opens at its time by Redis’ clock, to the millisecond, whatever our own says', async (t) => {
  const redisSkewMs = -90_000
  const opensAtMs = Date.now() + redisSkewMs + 2_500 // a machine that does much else still gives five answers before
  const { call, path, board } = await hearingGateway(t, {
    redisSkewMs,
    sale: { opensAt: new Date(opensAtMs).toISOString() },
    inventory: () => ({ status: 200, body: { results: [{ kind: 'sold-out' }] } }),
  })
  const redisMs = () => board.redisNowMs() ?? Number.NaN
  const seen: { sentMs: number; answeredMs: number; said: string }[] = []
  while (seen.at(-1)?.said !== '409 sold-out') {
    const sentMs = redisMs()
    const key = seen.length % 2 ? 'k' : undefined // refused in front, or by the route
    const wanted = { token: buyerToken(), body: { quantity: 1 }, ...(key && { key }) }
    const said = outcome(await call('POST', path, wanted))
    seen.push({ sentMs, answeredMs: redisMs(), said })
  }
  const opened = seen.pop()
  assert.ok(seen.length > 5, `${seen.length} were refused before`)
  assert.ok((opened?.answeredMs ?? 0) >= opensAtMs)
  for (const { sentMs, said } of seen) {
    assert.equal(said, '409 sale-not-open')
    assert.ok(sentMs < opensAtMs, `refused ${sentMs - opensAtMs} ms after it had opened`)
  }
})
