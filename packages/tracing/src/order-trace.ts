/**
 * An order's trace has the order's id, without its dashes, and its root span has the last half of it:
 * whoever knows the order knows its trace, and no row or entry has to carry one (decision 21).
 */
const RANDOM_VALUES = 2 ** 30 // of the 32 random bits of an order id these stand beside each other

/** W3C: 32 hexadecimal digits. */
export const traceIdOf = (orderId: string) => orderId.replaceAll('-', '')

/** W3C: 16 hexadecimal digits. Never all zero: it begins with the variant of a UUID. */
export const rootSpanIdOf = (orderId: string) => orderId.slice(19, 23) + orderId.slice(24)

/**
 * The same verdict in every process that is given the same share (0 … 1). It rests on the random bits
 * of the id, which no buyer chooses.
 */
export function isSampled(orderId: string, ratio: number): boolean {
  if (ratio === 0) return false
  const high = Number.parseInt(orderId.slice(19, 23), 16) & 0x3fff
  const low = Number.parseInt(orderId.slice(24, 28), 16)
  return (high * 0x10000 + low) / RANDOM_VALUES < ratio
}

/** What a header `traceparent` says of a span whose trace is recorded. */
export const formatTraceparent = (traceId: string, spanId: string) => `00-${traceId}-${spanId}-01`

const FORM = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

/** Undefined for one that is malformed, or whose trace is not recorded. */
export function parseTraceparent(text: string) {
  const [, traceId, spanId, flags = '0'] = FORM.exec(text) ?? []
  const recorded = (Number.parseInt(flags, 16) & 1) === 1
  return traceId && spanId && recorded ? { traceId, spanId } : undefined
}
