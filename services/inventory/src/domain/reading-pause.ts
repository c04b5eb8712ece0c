const SALE_EVERY_MS = 2_000
const SALE_EVERY_MS_MAX = 10_000
const SHARE_OF_TIME = 20 // of all sales together: a tenth of a second of reading in two seconds

/**
 * Until a sale's books are read again, from how long the last reading of each running sale took. Reading
 * is work for the ledger, Redis and every service: it stays a small part of what they do.
 */
export function readingPauseMs(tookMs: number[]): number {
  const wanted = SHARE_OF_TIME * tookMs.reduce((sum, ms) => sum + ms, 0)
  return Math.min(Math.max(SALE_EVERY_MS, wanted), SALE_EVERY_MS_MAX)
}
