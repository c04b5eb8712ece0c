// 08 connection, 53 resources, 57P operator intervention, 58 system.
const CLASSES = ['08', '53', '57P', '58']
// A time-out of ours (statement, lock, idle or long transaction); a standby that cannot write.
const CODES = new Set(['57014', '55P03', '25P03', '25P04', '25006'])
// Our own look at it (R18): a person has to accept what took over, or it is not the primary.
const NOT_NOW = new Set(['postgres.failed-over', 'postgres.is-standby'])
const ROLLED_BACK = new Set(['40001', '40P01'])
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])
// What pg throws without a code when a connection is lost or cannot be had.
const UNNAMED = [
  'Connection terminated',
  'Connection ended',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
  'Client has encountered a connection error',
  'Client was closed',
  'Cannot use a pool after calling end',
]

/** Surely rolled back, so that running it again is safe: a deadlock or a serialization failure. */
export function isRolledBack(error: unknown): boolean {
  return ROLLED_BACK.has(codeOf(error))
}

/**
 * The database was away, overloaded or in the way of itself: the same work can succeed later. It
 * tells nothing about whether a commit that was under way happened.
 */
export function isTransient(error: unknown): boolean {
  const code = codeOf(error)
  if (ROLLED_BACK.has(code) || NETWORK.has(code) || CODES.has(code)) return true
  if (NOT_NOW.has(code)) return true
  if (code.length === 5 && CLASSES.some((start) => code.startsWith(start))) return true
  if (!(error instanceof Error)) return false
  return UNNAMED.some((start) => error.message.startsWith(start)) || isTransient(error.cause)
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return ''
  return typeof error.code === 'string' ? error.code : ''
}
