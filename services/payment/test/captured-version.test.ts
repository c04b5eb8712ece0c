import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capture, startPayment } from './start-payment.ts'

for (const version of [1, 2]) {
  test(`payment.captured is written as version ${version} when that is what its readers know`, async (t) => {
    const env = { PAYMENT_CAPTURED_VERSION: String(version) }
    const { opened, callback, order, db } = await startPayment(t, env)
    const { paymentId, orderId } = await opened()
    await callback(capture(paymentId))
    const heard = await order.hears('payment.captured', orderId)
    assert.equal(heard.version, version)
    const text = 'select captured_at as "at" from payments where id = $1'
    const { rows } = await db.query<{ at: Date }>(text, [paymentId])
    assert.equal(heard.capturedAt, version === 2 ? rows[0]?.at.toISOString() : undefined)
  })
}
