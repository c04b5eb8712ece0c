import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { EventDefinition } from '@flashsale/contracts/define-event.ts'
import { OrderCancelled } from '@flashsale/contracts/events/order-cancelled.ts'
import { OrderRefundWanted } from '@flashsale/contracts/events/order-refund-wanted.ts'
import { StockHeld } from '@flashsale/contracts/events/stock-held.ts'
import type { OrderId } from '@flashsale/contracts/ids.ts'
import { topics } from '@flashsale/contracts/topics.ts'
import { createBus } from '@flashsale/messaging/bus.ts'
import { createDb } from '@flashsale/service-kit/db.ts'
import { createFindings, recoveryLog } from '@flashsale/service-kit/recovery.ts'
import { testTopicPrefix } from '@flashsale/test-kit/bus.ts'
import { testDatabase } from '@flashsale/test-kit/db.ts'
import { request } from '@flashsale/test-kit/http.ts'
import { freePort, testProcess } from '@flashsale/test-kit/process.ts'
import { servers } from '@flashsale/test-kit/servers.ts'
import type { z } from 'zod'
import { createBank } from '../src/clients/bank.ts'
import { paymentIdOf, refundIdOf } from '../src/domain/payment-id.ts'
import { sendRefunds } from '../src/jobs/send-refunds.ts'
import { winBack } from '../src/recover/win-back.ts'
import { SALE } from './start-payment.ts'

const AMOUNT = { amountMinor: 9900, currency: 'EUR' }

/** A payment service that has lost everything, a real bank that has not, and what orders have told. */
async function testLoss(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'payment-recover-'))
  const [port, topicPrefix] = [await freePort(), testTopicPrefix(t)]
  const bankUrl = `http://127.0.0.1:${port}`
  const { PATH = '' } = process.env
  const secret = { BANK_SECRET: randomUUID(), BANK_JOURNAL: join(folder, 'journal') }
  const env = { PATH, HOST: '127.0.0.1', PORT: String(port), ...secret }
  const process_ = testProcess('bank', 'infra/src/bank/main.ts', env, bankUrl)
  const db = createDb(await testDatabase(t, { name: 'payment' }), { max: 4 })
  const bank = createBank({ bankUrl, callbackUrl: `${bankUrl}/nobody` })
  const brokers = servers.kafkaBrokers()
  const log = recoveryLog(createFindings('payment', () => {}))
  const bus = createBus({ brokers, group: 'teller', topicPrefix, partitions: 1, log })
  t.after(async () => {
    await Promise.all([bus.close(), bank.close(), db.close(), process_.end('SIGKILL')])
    await rm(folder, { recursive: true })
  })
  await Promise.all([process_.start(), bus.ensureTopics(Object.values(topics))])

  const told = async <Data extends z.ZodType>(
    event: EventDefinition<Data>,
    data: z.infer<Data>,
  ) => {
    const { type, version, topic, key } = event
    const occurredAt = new Date().toISOString()
    const headers = { id: randomUUID(), type, version: String(version), 'occurred-at': occurredAt }
    await bus.publish([{ topic, key: key(data), value: JSON.stringify(data), headers }])
  }
  const atBank = (path: string, body?: object) =>
    request(`${bankUrl}${path}`, { method: 'POST', ...(body && { body }) })
  return {
    db,
    bank,
    told,
    /** An order that could be paid for; at the bank so far as `what` says. */
    async order(what: 'nothing' | 'open' | 'captured', amountMinor = AMOUNT.amountMinor) {
      const orderId = randomUUID() as OrderId
      const held = { orderId, saleId: SALE, buyerId: 'ann', quantity: 1, paymentWindowSeconds: 60 }
      await told(StockHeld, { ...held, ...AMOUNT } as never)
      const paymentId = paymentIdOf(orderId)
      if (what !== 'nothing') await bank.open({ paymentId, ...AMOUNT, amountMinor })
      if (what === 'captured') await atBank(`/checkouts/${paymentId}/pay`, { neverCall: true })
      return { orderId, paymentId, saleId: SALE as never }
    },
    atBank,
    async recover() {
      const findings = createFindings('payment', () => {})
      await winBack({ db, bank, source: { brokers, topicPrefix, log }, findings })
      return findings.report()
    },
    async states() {
      const { rows } = await db.query<{ id: string; state: string }>(
        'select id, state from payments',
      )
      return Object.fromEntries(rows.map(({ id, state }) => [id, state]))
    },
  }
}

test('payments that the bank knows of are on record again, and only those', async (t) => {
  const { db, order, recover, states } = await testLoss(t)
  await order('nothing')
  const [open, captured] = [await order('open'), await order('captured')]

  const { wonBack, open: matters } = await recover()
  assert.deepEqual(matters, [])
  assert.deepEqual(wonBack.map(({ kind, count }) => `${count} ${kind}`).sort(), [
    '1 captured payment',
    '1 payment',
  ])
  const wanted = { [open.paymentId]: 'in-progress', [captured.paymentId]: 'captured' }
  assert.deepEqual(await states(), wanted)
  const { rows } = await db.query(
    "select aggregateid as id from outbox where type = 'payment.captured'",
  )
  assert.deepEqual(rows, [{ id: captured.orderId }]) // its order is told
  assert.deepEqual((await recover()).wonBack, []) // again: nothing more
})

test('the payment of an order that is over by now is found all the same', async (t) => {
  const { told, order, recover, states } = await testLoss(t)
  const { orderId, paymentId, saleId } = await order('open')
  await told(OrderCancelled, { orderId, saleId, reason: 'unpaid' })
  await recover()
  assert.deepEqual(await states(), { [paymentId]: 'in-progress' })
})

test('a refund that was lost is wanted again, and the bank sends no money twice', async (t) => {
  const { db, bank, told, order, atBank, recover } = await testLoss(t)
  const { orderId, paymentId } = await order('captured')
  const { amountMinor } = AMOUNT
  await told(OrderRefundWanted, { orderId, paymentId, amountMinor })
  await atBank('/refunds', { refundId: refundIdOf(paymentId), paymentId, amountMinor })

  assert.deepEqual((await recover()).open, [])
  await sendRefunds({ db, bank })
  assert.deepEqual((await db.query('select state from refunds')).rows, [{ state: 'done' }])
  const today = (await bank.statement(new Date().toISOString().slice(0, 10))) ?? []
  assert.equal(today.filter(({ kind }) => kind === 'refund').length, 1)
})

test('money that no order explains is named with its amount', async (t) => {
  const { order, atBank, recover } = await testLoss(t)
  const other = await order('open', 1) // of another amount than its order
  const { paymentId } = await order('captured')
  const refundId = randomUUID()
  await atBank('/refunds', { refundId, paymentId, amountMinor: 100 })

  const { open } = await recover()
  const named = open.map(({ weight, examples }) => [weight, examples[0]] as const)
  assert.deepEqual(
    named.map(([weight]) => weight),
    ['money', 'money'],
  )
  const [first, second] = named.map(([, facts]) => facts as Record<string, unknown>)
  assert.deepEqual([first?.paymentId, second?.refundId], [other.paymentId, refundId])
})
