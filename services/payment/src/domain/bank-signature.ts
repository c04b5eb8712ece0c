import { createHmac, timingSafeEqual } from 'node:crypto'

const TOLERANCE_SECONDS = 300
const shape = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/i

type Signed = { header: string | undefined; body: Buffer; secret: string; nowMs: number }

/** True when the bank signed exactly these bytes, not long ago. Each delivery is signed anew. */
export function signatureHolds({ header, body, secret, nowMs }: Signed): boolean {
  const [, t = '', given = ''] = shape.exec(header ?? '') ?? []
  if (t === '') return false
  const expected = createHmac('sha256', secret).update(`${t}.`).update(body).digest()
  const same = timingSafeEqual(expected, Buffer.from(given, 'hex'))
  return same && Math.abs(nowMs / 1000 - Number(t)) <= TOLERANCE_SECONDS
}
