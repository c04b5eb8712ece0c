import { halfSipHash, halfSipKey } from '@flashsale/contracts/half-sip-hash.ts'

const key = halfSipKey(new Uint8Array(8)) // nothing secret: it tells a buyer's own bodies apart
const encoder = new TextEncoder()

/** Equal for equal requests, however they were written down: the same key with another is refused. */
export function fingerprint({ quantity, pass }: { quantity: number; pass?: string | undefined }) {
  const canonical = JSON.stringify([quantity, pass ?? null])
  return halfSipHash(key, encoder.encode(canonical)).toString(16).padStart(8, '0')
}
