import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addressKey } from '../src/domain/address-key.ts'

const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }))
const groups = fc.array(group, { minLength: 8, maxLength: 8 })
const long = (all: number[]) => all.map((one) => one.toString(16).padStart(4, '0')).join(':')
/** As short as it can be written, by the rules of the WHATWG's URLs. */
const short = (all: number[]) => new URL(`http://[${long(all)}]`).hostname.slice(1, -1)

test('an address is the same however it is written', () => {
  fc.assert(
    fc.property(groups, (all) => {
      const key = addressKey(long(all))
      assert.equal(addressKey(short(all)), key)
      assert.equal(addressKey(short(all).toUpperCase()), key)
    }),
  )
})

test('of IPv6 all addresses of one line are one, and those of two lines are not', () => {
  fc.assert(
    fc.property(groups, groups, (one, other) => {
      fc.pre(one.slice(0, 4).some((group) => group !== 0)) // not an IPv4 address in another form
      const sameLine = [...one.slice(0, 4), ...other.slice(4)]
      assert.equal(addressKey(short(sameLine)), addressKey(short(one)))
      const isSame = long(one.slice(0, 4)) === long(other.slice(0, 4))
      assert.equal(addressKey(short(one)) === addressKey(short(other)), isSame)
    }),
  )
})

test('IPv4 is itself, also inside IPv6; what is no address is one bucket', () => {
  for (const form of [
    '192.0.2.7',
    '::ffff:192.0.2.7',
    '::FFFF:c000:207',
    '0:0:0:0:0:ffff:c000:207',
  ]) {
    assert.equal(addressKey(form), '192.0.2.7')
  }
  assert.equal(addressKey('::1'), '0:0:0:0')
  assert.equal(addressKey('fe80::1%eth0'), 'fe80:0:0:0')
  for (const form of [
    undefined,
    '',
    'unknown',
    '192.0.2.7:8080',
    '256.0.0.1',
    '[::1]',
    'a'.repeat(9_000),
  ]) {
    assert.equal(addressKey(form), 'unreadable')
  }
})
