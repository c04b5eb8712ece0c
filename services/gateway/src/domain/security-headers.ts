type Headers = Record<string, string>

/** Of every answer: it is what it says it is, and nobody's to keep. */
const data = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' }

/** And of whatever a browser could show or load: no page, no frame, nobody's script or picture. */
const guarded = {
  ...data,
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin', // of what is loaded without CORS
}

/**
 * `short` is for answers to a crowd: a POST with a token or a JSON body is no page, and three more headers
 * cost each "no" 142 bytes and 0.7 µs. `hstsMaxAgeSeconds` is 0 unless TLS stands in front.
 */
export function securityHeaders(hstsMaxAgeSeconds: number): { all: Headers; short: Headers } {
  const byTls: Headers =
    hstsMaxAgeSeconds === 0 ? {} : { 'strict-transport-security': `max-age=${hstsMaxAgeSeconds}` }
  return { all: { ...guarded, ...byTls }, short: { ...data, ...byTls } }
}
