import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { OrderId, PaymentId } from '@flashsale/contracts/ids.ts'
import fc from 'fast-check'
import { readBankMessage } from '../src/domain/bank-message.ts'
import { signatureHolds } from '../src/domain/bank-signature.ts'
import { outcomeOf } from '../src/domain/callback-outcome.ts'
import { paymentIdOf, refundIdOf } from '../src/domain/payment-id.ts'
import { moveOn } from '../src/domain/payment-state.ts'
import { sign } from './start-payment.ts'

test('an order gives its payment one id, its refund another, both UUIDv8', () => {
  const orderId = OrderId.parse(randomUUID())
  const paymentId = paymentIdOf(orderId)
  assert.equal(paymentId, paymentIdOf(orderId))
  assert.equal(PaymentId.parse(paymentId)[14], '8')
  const ids = [orderId, paymentId, refundIdOf(paymentId), paymentIdOf(OrderId.parse(randomUUID()))]
  assert.equal(new Set(ids).size, 4)
})

test('money counts in every state but after money; nothing undoes it', () => {
  const { from, to } = moveOn('captured')
  assert.deepEqual(from.sort(), ['abandoned', 'created', 'declined', 'in-progress'])
  assert.equal(to, 'captured')
  for (const word of ['declined', 'expired'] as const) {
    assert.deepEqual(moveOn(word).from.sort(), ['created', 'in-progress'])
  }
  assert.equal(moveOn('expired').to, 'abandoned')
})

test('a capture that does not fit what is on record is named', () => {
  const said = { paymentId: 'p', word: 'captured', amountMinor: 5, currency: 'EUR' } as const
  const captured = { state: 'captured', capturedMinor: 5 } as const
  assert.equal(outcomeOf(said, true, captured), 'captured')
  assert.equal(outcomeOf(said, false, captured), 'repeated')
  assert.equal(outcomeOf(said, false, { ...captured, capturedMinor: 6 }), 'contradicts')
  assert.equal(outcomeOf(said, false), 'unknown-payment')
  const declined = { ...said, word: 'declined' } as const
  assert.equal(outcomeOf(declined, false, captured), 'ignored')
  assert.equal(outcomeOf(declined, false, { state: 'declined', capturedMinor: null }), 'repeated')
})

test('a signature holds for its bytes alone', () => {
  const secret = 'a secret of at least thirty-two bytes'
  const nowMs = Date.now()
  const bytes = fc.uint8Array({ maxLength: 200 })
  fc.assert(
    fc.property(bytes, bytes, (one, other) => {
      const [body, another] = [Buffer.from(one), Buffer.from(other)]
      const header = sign(body.toString('latin1'), { secret, atMs: nowMs })
      const text = Buffer.from(body.toString('latin1'))
      assert.equal(signatureHolds({ header, body: text, secret, nowMs }), true)
      const same = text.equals(another)
      assert.equal(signatureHolds({ header, body: another, secret, nowMs }), same)
    }),
  )
  fc.assert(
    fc.property(fc.string(), (header) => {
      assert.equal(signatureHolds({ header, body: Buffer.alloc(0), secret, nowMs }), false)
    }),
  )
})

test('any bytes are either a message of the bank or malformed, never an error', () => {
  fc.assert(fc.property(fc.json(), (text) => void readBankMessage(Buffer.from(text))))
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void readBankMessage(Buffer.from(bytes))))
  const half = { paymentId: 'p', state: 'captured', currency: 'EUR' }
  for (const amountMinor of [undefined, 0, -1, 1.5, '5', 2 ** 53]) {
    assert.equal(readBankMessage(Buffer.from(JSON.stringify({ ...half, amountMinor }))), undefined)
  }
})
