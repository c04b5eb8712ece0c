import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import {
  formatTraceparent,
  isSampled,
  parseTraceparent,
  rootSpanIdOf,
  traceIdOf,
} from '../src/order-trace.ts'

test('the ids of a trace are in the id of its order, and have the form that W3C gives them', () => {
  const orderId = '0193a1b2-c3d4-8123-9abc-def012345678'
  assert.equal(traceIdOf(orderId), '0193a1b2c3d481239abcdef012345678')
  assert.equal(rootSpanIdOf(orderId), '9abcdef012345678')
  const header = formatTraceparent(traceIdOf(orderId), rootSpanIdOf(orderId))
  assert.equal(header, '00-0193a1b2c3d481239abcdef012345678-9abcdef012345678-01')
  assert.deepEqual(parseTraceparent(header), {
    traceId: traceIdOf(orderId),
    spanId: rootSpanIdOf(orderId),
  })
})

test('a share of the orders is recorded: none, about that many, or all', () => {
  const ids = Array.from({ length: 20_000 }, () => randomUUID())
  const recorded = (ratio: number) => ids.filter((id) => isSampled(id, ratio))
  assert.equal(recorded(0).length, 0)
  assert.equal(recorded(1).length, ids.length)
  const some = recorded(0.1) // 2,000 with a deviation of 42
  assert.ok(some.length > 1_700 && some.length < 2_300, `${some.length}`)
  const more = new Set(recorded(0.2))
  assert.ok(some.every((id) => more.has(id))) // who asks for more has those of who asks for less
})

test('a header that is malformed, or of a trace that nobody records, is not followed', () => {
  const [trace, span] = ['a'.repeat(32), 'b'.repeat(16)]
  const headers = [
    `00-${trace}-${span}-00`,
    `00-${trace}-${span}`,
    `01-${trace}-${span}-01`,
    '',
    'x',
  ]
  assert.deepEqual(
    headers.map((header) => parseTraceparent(header)),
    headers.map(() => undefined),
  )
})
