import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { appendFile, readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { eventually } from '@flashsale/test-kit/wait.ts'
import { startBank, startShop } from './start-bank.ts'

test('the bank', { concurrency: true }, async (t) => {
  const bank = await startBank(t)
  const { call, checkout } = bank
  const post = (path: string, body?: unknown) => call('POST', path, body)
  const state = async (path: string) => (await call('GET', path)).body.state

  await t.test('opens one checkout a payment, and refuses it at another amount', async () => {
    const callbackUrl = 'http://127.0.0.1:1/'
    const wanted = { paymentId: randomUUID(), amountMinor: 100, currency: 'EUR', callbackUrl }
    const first = await post('/checkouts', wanted)
    assert.equal(first.status, 200)
    assert.equal(first.body.checkoutUrl, `${bank.url}/checkouts/${wanted.paymentId}`)
    assert.deepEqual((await post('/checkouts', wanted)).body, first.body)
    assert.equal((await post('/checkouts', { ...wanted, amountMinor: 101 })).status, 409)
    assert.equal((await post('/checkouts', { ...wanted, amountMinor: 0 })).status, 400)
    assert.equal((await call('GET', `/checkouts/${randomUUID()}`)).status, 404)
  })

  await t.test('takes the money once, and from who walked away and came back too', async () => {
    const path = await checkout()
    assert.equal((await post(`${path}/abandon`)).body.state, 'abandoned')
    assert.equal((await post(`${path}/pay`)).body.capturedMinor, 1000)
    assert.equal((await post(`${path}/pay`, { amountMinor: 7 })).body.capturedMinor, 1000)
    for (const input of ['decline', 'abandon', 'expire']) {
      assert.equal((await post(`${path}/${input}`)).status, 409, input)
    }
  })

  await t.test('takes no money after it declined or expired', async () => {
    for (const [input, end] of Object.entries({ decline: 'declined', expire: 'expired' })) {
      const path = await checkout()
      assert.equal((await post(`${path}/${input}`)).body.state, end)
      assert.equal((await post(`${path}/${input}`)).status, 200)
      assert.equal((await post(`${path}/pay`)).status, 409)
      assert.equal((await post(`${path}/expire`)).body.state, end)
    }
    assert.equal((await post(`/checkouts/${randomUUID()}/pay`)).status, 404)
    assert.equal((await post(`/checkouts/${randomUUID()}/expire`)).status, 404)
  })

  await t.test('takes a button with no body, an empty one, or one without a type', async () => {
    const bodies: RequestInit[] = [
      {},
      { body: '' },
      { body: '', headers: { 'content-type': 'application/json' } },
      { body: '{}' },
      { body: '{}', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ]
    for (const init of bodies) {
      const path = await checkout()
      const { status } = await fetch(`${bank.url}${path}/pay`, { method: 'POST', ...init })
      assert.equal(status, 200, JSON.stringify(init))
    }
  })

  await t.test('refuses trouble beyond its bounds, and bodies that are no JSON', async () => {
    const path = await checkout()
    const bad = [{ copies: 51 }, { copies: 0 }, { delayMs: 60_001 }, { amountMinor: 0 }, { x: 1 }]
    for (const body of bad) assert.equal((await post(`${path}/pay`, body)).status, 400)
    const answer = await fetch(`${bank.url}${path}/pay`, { method: 'POST', body: '{' })
    assert.equal(answer.status, 400)
    assert.equal(await state(path), 'open')
  })
})

test('callbacks are signed, sent in copies, repeated after 1 and 2 s until a 200', async (t) => {
  const [bank, shop] = [await startBank(t), await startShop(t)]
  shop.status = 500
  const path = await bank.checkout({ callbackUrl: shop.url })
  await bank.call('POST', `${path}/pay`, { copies: 20, amountMinor: 999 })
  await eventually('two rounds', () => shop.heard.length === 40)
  shop.status = 200
  await eventually('the third round', () => shop.heard.length === 60)
  await pause(500)
  assert.equal(shop.heard.length, 60)

  const rounds = [0, 20, 40].map((first) => shop.heard[first]?.atMs ?? 0)
  const [first = 0, second = 0] = rounds.slice(1).map((at, i) => at - (rounds[i] ?? 0))
  assert.ok(first > 950 && first < 1950, `${first} ms`) // on a busy machine
  assert.ok(second > 1950 && second < 4950, `${second} ms`)
  assert.ok(new Set(shop.heard.slice(0, 20).map(({ socket }) => socket)).size > 4)
  assert.equal(new Set(shop.heard.map(({ body }) => body)).size, 1)
  for (const { body, signature } of shop.heard) {
    const t = /^t=(\d+),/.exec(signature)?.[1]
    const mac = createHmac('sha256', bank.secret).update(`${t}.${body}`).digest('hex')
    assert.equal(signature, `t=${t},v1=${mac}`)
  }
  const said = JSON.parse(shop.heard[0]?.body ?? '')
  assert.equal(said.state, 'captured')
  assert.equal(said.amountMinor, 999) // what it really took
})

test('to a shop that stands still the bank opens 16 connections; what else there is to tell comes over these', async (t) => {
  const [bank, shop] = [await startBank(t), await startShop(t)]
  const open = Promise.withResolvers<void>()
  shop.open = open.promise
  for (let payments = 0; payments < 2; payments++) {
    const path = await bank.checkout({ callbackUrl: shop.url })
    await bank.call('POST', `${path}/pay`, { copies: 20 })
  }
  await eventually('as many as it may', () => shop.heard.length >= 16)
  open.resolve()
  await eventually('all of them', () => shop.heard.length === 40)
  assert.equal(new Set(shop.heard.map(({ socket }) => socket)).size, 16)
})

test('trouble is made as asked: late, wrongly signed, never', async (t) => {
  const [bank, shop] = [await startBank(t), await startShop(t)]
  const never = await bank.checkout({ callbackUrl: shop.url })
  await bank.call('POST', `${never}/pay`, { neverCall: true })
  const late = await bank.checkout({ callbackUrl: shop.url })
  const paidAt = Date.now()
  await bank.call('POST', `${late}/decline`, { delayMs: 700 })
  await eventually('the late callback', () => shop.heard.length === 1)
  const [first] = shop.heard
  assert.ok((first?.atMs ?? 0) - paidAt >= 690)
  const said = JSON.parse(first?.body ?? '')
  assert.deepEqual([said.state, said.amountMinor], ['declined', 0])

  shop.status = 401
  const wrong = await bank.checkout({ callbackUrl: shop.url })
  await bank.call('POST', `${wrong}/pay`, { badSignature: true })
  await eventually('two deliveries', () => shop.heard.length === 3)
  for (const { body, signature } of shop.heard.slice(1)) {
    const t = /^t=(\d+),/.exec(signature)?.[1]
    const mac = createHmac('sha256', bank.secret).update(`${t}.${body}`).digest('hex')
    assert.notEqual(signature, `t=${t},v1=${mac}`)
  }
})

test('a bank killed at work forgets nothing, and calls back after its restart', async (t) => {
  const [bank, shop] = [await startBank(t), await startShop(t)]
  shop.status = 503
  const paid = await bank.checkout({ callbackUrl: shop.url })
  const open = await bank.checkout({ amountMinor: 5 })
  const delivered = await bank.checkout({ callbackUrl: shop.url })
  shop.status = 200
  await bank.call('POST', `${delivered}/pay`)
  await eventually('the first callback', () => shop.heard.length === 1)
  const recorded = async () => (await readFile(bank.journal, 'utf8')).includes('"called"')
  await eventually('its record', recorded)
  shop.status = 503
  const before = await bank.call('POST', `${paid}/pay`)
  const refund = { refundId: randomUUID(), paymentId: paid.split('/').at(-1), amountMinor: 1000 }
  await bank.call('POST', '/refunds', refund)
  await bank.kill()
  await appendFile(bank.journal, '{"kind":"captured","at":"20') // killed while it wrote
  shop.status = 200
  const heard = shop.heard.length
  await bank.restart()

  await eventually('the callback', () => shop.heard.length > heard)
  assert.equal(JSON.parse(shop.heard.at(-1)?.body ?? '').paymentId, refund.paymentId)
  assert.deepEqual((await bank.call('GET', paid)).body, { ...before.body, refundedMinor: 1000 })
  assert.equal((await bank.call('GET', open)).body.state, 'open')
  assert.equal(
    (await bank.call('POST', '/refunds', { ...refund, refundId: randomUUID() })).status,
    409,
  )
  await bank.call('POST', `${open}/decline`, { neverCall: true }) // the cut line is gone
  await bank.kill()
  await bank.restart()
  assert.equal((await bank.call('GET', open)).body.state, 'declined')
  await pause(500)
  assert.equal(shop.heard.length, heard + 1) // what was delivered is not sent again
})

test('the bank gives back each refund once and never more than came', async (t) => {
  const bank = await startBank(t)
  const post = (path: string, body?: unknown) => bank.call('POST', path, body)
  const path = await bank.checkout()
  const paymentId = path.split('/').at(-1)
  const refund = { refundId: randomUUID(), paymentId, amountMinor: 600 }
  assert.equal((await post('/refunds', refund)).status, 409) // nothing came yet
  await post(`${path}/pay`)
  const first = await post('/refunds', refund)
  assert.equal(first.body.state, 'done')
  assert.deepEqual((await post('/refunds', refund)).body, first.body)
  assert.equal((await post('/refunds', { ...refund, amountMinor: 1 })).status, 409)
  assert.equal((await post('/refunds', { ...refund, refundId: randomUUID() })).status, 409)
  assert.deepEqual((await bank.call('GET', `/refunds/${refund.refundId}`)).body, first.body)
  assert.equal((await bank.call('GET', `/refunds/${randomUUID()}`)).status, 404)
  const stranger = { ...refund, refundId: randomUUID(), paymentId: randomUUID() }
  assert.equal((await post('/refunds', stranger)).status, 404)
  assert.equal((await bank.call('GET', path)).body.refundedMinor, 600)
})

test('a statement adds up to captures minus refunds, currency by currency', async (t) => {
  const bank = await startBank(t)
  const amounts = [100, 250, 3000]
  for (const amountMinor of amounts) {
    const path = await bank.checkout({ amountMinor })
    await bank.call('POST', `${path}/pay`)
    const refund = { refundId: randomUUID(), paymentId: path.split('/').at(-1), amountMinor: 90 }
    await bank.call('POST', '/refunds', refund)
  }
  await bank.checkout() // neither open ones
  const declined = await bank.checkout()
  await bank.call('POST', `${declined}/decline`) // nor declined ones count

  const today = new Date().toISOString().slice(0, 10)
  const { body } = await bank.call('GET', `/statements/${today}`)
  assert.deepEqual(body.totals, {
    EUR: { capturedMinor: 3350, refundedMinor: 270, netMinor: 3080 },
  })
  assert.equal(body.lines.length, 6)
  const empty = await bank.call('GET', '/statements/2001-01-01')
  assert.deepEqual([empty.body.lines, empty.body.totals], [[], {}])
  assert.equal((await bank.call('GET', '/statements/yesterday')).status, 404)
})
