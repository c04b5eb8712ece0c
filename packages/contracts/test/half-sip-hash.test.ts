import assert from 'node:assert/strict'
import { test } from 'node:test'
import { halfSipHash, halfSipKey } from '../src/half-sip-hash.ts'

/** Published with the reference: key 00 … 07, message 00 01 02 … of 0 to 63 bytes, 32-bit results. */
const vectors = `
  a9359f5b 27475ab8 fa62a603 8afee704 2a6e4689 c5fab669 5863fc23 8bcf63c5
  d0b8848f f806e779 94b07934 08083050 57f0872f 77e663ff d6fff87c 74fe2b97
  d9b5ac84 c474645b 465b8d9b 7befe387 e34d1045 613f62b3 70f367fe e6adb8bd
  27400c63 26787875 4f567b5f 3ab0e669 b0644000 ff670fb4 509e338b 5d589f1a
  fee72112 33753259 6a434f8c fe28b729 e75cc6ec 697e8d54 63688b0f 650b62b4
  b6bc1840 5d074505 2442fd2e 7bb7863a 7705d548 d75208b1 b6d499c8 0892202e
  69e12ce3 8db580e5 369764c6 016e0204 3b85f3d4 fedb66be 1e692a3a c68984c0
  a5c5b940 9be9e88c 7dbc8140 7c078ec5 d4e76c73 428fcbb9 bd83997a 59ea4a74`
  .trim()
  .split(/\s+/)

test('HalfSipHash-2-4 gives the 64 published results', () => {
  const key = halfSipKey(Uint8Array.from({ length: 8 }, (_, i) => i))
  const message = Uint8Array.from({ length: 64 }, (_, i) => i)
  const results = vectors.map((_, length) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(halfSipHash(key, message, length))
    return bytes.toString('hex')
  })
  assert.deepEqual(results, vectors)
})
