/** Of an answer that was told before, so many seconds ago (RFC 9111; `Warning` as older caches know it). */
export const staleHeaders = (ageSeconds: number) => ({
  age: String(ageSeconds),
  warning: '110 - "Response is Stale"',
})
