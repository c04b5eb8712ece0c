import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { aSale, outcome, startGateway } from './gateway.ts'

test('a sale is shown to anyone, without what is only for its operators', async (t) => {
  const sale = aSale({ epoch: 9, free: 42 })
  const { call } = await startGateway(t, { sales: [sale] })
  const answer = await call('GET', `/v1/sales/${sale.id}`)
  assert.equal(answer.status, 200)
  const { phase: _phase, epoch: _epoch, free: _free, orders: _orders, ...rest } = sale
  const { versions: _versions, ...shown } = rest
  assert.deepEqual(answer.body, { ...shown, state: 'open' })
  assert.equal(answer.headers.get('cache-control'), 'public, max-age=1')
})

test('each state is shown by its word; drafts are not listed', async (t) => {
  const past = new Date(Date.now() - 1000).toISOString()
  const soon = new Date(Date.now() + 60_000).toISOString()
  const byState = {
    draft: aSale({ phase: 'draft' }),
    scheduled: aSale({ opensAt: soon }),
    open: aSale(),
    'sold-out': aSale({ free: 0 }),
    paused: aSale({ phase: 'paused' }),
    closed: aSale({ closesAt: past }),
  }
  const { call } = await startGateway(t, { sales: Object.values(byState) })
  for (const [state, { id }] of Object.entries(byState)) {
    assert.equal((await call('GET', `/v1/sales/${id}`)).body.state, state)
  }
  const list = await call('GET', '/v1/sales')
  assert.equal(list.status, 200)
  const states = list.body.sales.map((sale: { state: string }) => sale.state)
  assert.deepEqual(states, Object.keys(byState).slice(1))
  assert.equal(list.headers.get('cache-control'), 'public, max-age=1')
})

test('an unchanged answer is 304 to whoever has it, a changed one is not', async (t) => {
  const sale = aSale({ free: 5 })
  const { call, board } = await startGateway(t, { sales: [sale] })
  for (const path of [`/v1/sales/${sale.id}`, '/v1/sales']) {
    sale.free = 5
    await board.refresh()
    const first = await call('GET', path)
    const etag = first.headers.get('etag') ?? ''
    assert.match(etag, /^"[\w-]+"$/)
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await call('GET', path, { headers: { 'if-none-match': known } })
      assert.equal(again.status, 304, known)
      assert.equal(again.text, '')
      assert.equal(again.headers.get('etag'), etag)
      assert.equal(again.headers.get('cache-control'), 'public, max-age=1')
    }
    const other = await call('GET', path, { headers: { 'if-none-match': '"other"' } })
    assert.equal(other.status, 200)
    sale.free = 0
    await board.refresh()
    const changed = await call('GET', path, { headers: { 'if-none-match': etag } })
    assert.equal(changed.status, 200)
  }
})

test('a sale that does not exist is 404 and may not be kept', async (t) => {
  const { call } = await startGateway(t, { sales: [aSale()] })
  for (const id of [randomUUID(), 'x', '%zz', 'a'.repeat(3000)]) {
    const answer = await call('GET', `/v1/sales/${id}`)
    assert.equal(outcome(answer), '404 sale-not-found')
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    assert.equal(answer.headers.get('etag'), null)
  }
})

test('a sale made behind another gateway is found at once, a thousand made-up ids cost few calls', async (t) => {
  const sales = [aSale()]
  const { call, peers } = await startGateway(t, { sales })
  const polls = () => peers.inventory.asked.length
  sales.push(aSale())
  assert.equal((await call('GET', `/v1/sales/${sales[1]?.id}`)).status, 200)

  const before = polls()
  const startedAt = performance.now()
  const asked = Array.from({ length: 1000 }, () => call('GET', `/v1/sales/${randomUUID()}`))
  const answers = await Promise.all(asked)
  assert.ok(answers.every(({ status }) => status === 404))
  const most = 2 + ((performance.now() - startedAt) / 1000) * 15 // every 100 ms, and the poll
  assert.ok(polls() - before <= most, `${polls() - before} calls`)
})
