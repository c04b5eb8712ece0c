import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { PaymentBody } from '@flashsale/contracts/http/payment.ts'
import { messagingMigrations } from '@flashsale/messaging/migrations.ts'
import { createApp } from '@flashsale/service-kit/app.ts'
import { createDb } from '@flashsale/service-kit/db.ts'
import { migrate } from '@flashsale/service-kit/migrate.ts'
import { testDatabase } from '@flashsale/test-kit/db.ts'
import { migrations } from '../src/db/migrations.ts'
import { insertPayment } from '../src/db/payments.ts'
import { paymentIdOf } from '../src/domain/payment-id.ts'
import { replaceBuyersOfPayments } from '../src/http/replace-buyers.ts'

test('the buyer of a payment is replaced once, and a copy of its order does not bring it back', async (t) => {
  const db = createDb(await testDatabase(t, { name: 'payment' }))
  const app = createApp({ name: 'payment', logLevel: 'silent' })
  app.register(replaceBuyersOfPayments, { db })
  t.after(async () => {
    await app.close()
    await db.close()
  })
  await migrate(db, messagingMigrations)
  await migrate(db, migrations)
  const wanted = (buyerId: string) =>
    ({
      orderId: randomUUID(),
      saleId: randomUUID(),
      buyerId,
      amountMinor: 100,
      currency: 'EUR',
    }) as PaymentBody
  const [ann, bob] = [wanted('ann'), wanted('bob')]
  const insert = (one: PaymentBody) =>
    insertPayment(db, { ...one, id: paymentIdOf(one.orderId), checkBackMs: 1_000 })
  await insert(ann)
  await insert(bob)

  const replace = async () => {
    const payload = { orders: [{ orderId: ann.orderId, buyerId: 'erased:1' }] }
    const url = '/internal/buyers/replace'
    return (await app.inject({ method: 'POST', url, payload })).json().replaced
  }
  assert.deepEqual([await replace(), await replace()], [1, 0])
  await insert(ann)
  const { rows } = await db.query('select buyer_id as buyer from payments order by 1')
  assert.deepEqual(rows, [{ buyer: 'bob' }, { buyer: 'erased:1' }])
})
