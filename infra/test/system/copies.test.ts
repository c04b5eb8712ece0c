import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { request } from '@flashsale/test-kit/http.ts'
import { type System, startSystem } from '@flashsale/test-kit/system.ts'
import { sign } from '../../src/bank/deliveries.ts'
import { bankStatement } from './auditor.ts'
import { countBy } from './buyer.ts'
import { openSale } from './sale.ts'
import { connectSql, type Sql } from './sql.ts'

const COPIES = 20

test('a callback has its effect once, in 20 copies before it is settled and 20 after it', async (t) => {
  const system = await startSystem(t)
  const ledger = await connectSql(t, system.dbUrls.inventory)
  const payments = await connectSql(t, system.dbUrls.payment)
  const orders = await connectSql(t, system.dbUrls.order)
  const sale = await openSale(system, { stock: 2, paymentWindowSeconds: 5 })
  const [inTime, tooLate] = await Promise.all([sale.hold('ann'), sale.hold('bob')])

  const paymentId = await sale.openCheckout(inTime)
  const latePaymentId = await sale.openCheckout(tooLate)
  await sale.payAtBank(paymentId, { copies: COPIES })
  await sale.becomes(inTime, 'paid')
  assert.equal((await sale.cancel(inTime)).status, 409)
  await sale.becomes(tooLate, 'cancelled')
  await sale.payAtBank(latePaymentId, { copies: COPIES })
  await sale.becomes(tooLate, 'refunded')

  for (const id of [paymentId, latePaymentId]) {
    await until(async () => (await copiesOf(payments, id)) === COPIES, {
      timeoutMs: 10_000,
      what: 'all copies that the bank sent',
    })
    await replay(system, payments, id)
    assert.equal(await copiesOf(payments, id), 2 * COPIES)
  }
  for (const sql of [payments, orders]) await outboxEmpty(sql)

  const bothCaptured = { 'payment.captured': 2, 'payment.refunded': 1, 'stock.held': 2 }
  assert.deepEqual(await eventsSeen(orders), bothCaptured) // not one event more
  assert.deepEqual(await eventsSeen(ledger), { 'order.cancelled': 1, 'order.paid': 1 })

  const statuses = await Promise.all([inTime, tooLate].map(sale.order))
  assert.deepEqual(
    statuses.map(({ body }) => body.status),
    ['paid', 'refunded'],
  )
  const { sold, available, money } = await sale.atRest()
  assert.deepEqual([sold, available, money.paidMinor, money.refundedMinor], [1, 1, 9900, 9900])
  const { lines } = await bankStatement(system)
  assert.deepEqual(lines.map(({ kind }) => kind).sort(), ['capture', 'capture', 'refund'])
})

/** The bank's words as they came, signed anew, in 20 copies. */
async function replay({ url, env }: System, payments: Sql, paymentId: string) {
  const [row] = await payments<{ body: Buffer }>(CALLBACK_OF, [paymentId])
  const body = row?.body.toString() ?? ''
  const send = () =>
    request(`${url}/v1/payments/callbacks/bank`, {
      method: 'POST',
      body,
      headers: { 'bank-signature': sign(env.bank.BANK_SECRET ?? '', body) },
    })
  const answers = await Promise.all(Array.from({ length: COPIES }, send))
  assert.ok(answers.every(({ status }) => status === 200))
}
const CALLBACK_OF = `select body from callbacks where payment_id = $1 and provider = 'bank'`

/** How often the one callback of a payment came. */
async function copiesOf(payments: Sql, paymentId: string) {
  const rows = await payments<{ copies: number }>(
    `select copies from callbacks where payment_id = $1 and provider = 'bank'`,
    [paymentId],
  )
  assert.ok(rows.length <= 1)
  return rows[0]?.copies
}

/** How many different events of each type a service has handled. */
async function eventsSeen(sql: Sql) {
  const rows = await sql<{ type: string }>('select type from inbox')
  return countBy(rows, ({ type }) => type)
}

const outboxEmpty = (sql: Sql) =>
  until(async () => (await sql('select from outbox')).length === 0, {
    timeoutMs: 10_000,
    what: 'everything to be told',
  })
