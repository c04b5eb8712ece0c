import type { IncomingMessage } from 'node:http'
import type { Answer } from '@flashsale/service-kit/problem.ts'

const MAX_AGE_SECONDS = 7_200 // browsers keep it no longer, or somewhat longer
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'
const ASKED_WITH = 'authorization, content-type, idempotency-key, if-none-match, traceparent'
const TOLD_WITH = [
  'retry-after',
  'ratelimit',
  'ratelimit-policy',
  'idempotency-replayed',
  'etag',
  'location',
  'request-id',
].join(', ')

export type Cors = ReturnType<typeof createCors>

/**
 * Which pages may ask, by their exact origin. No cookies and no credentials of the browser: who calls is
 * said by the token alone.
 */
export function createCors(origins: string[]) {
  const vary = { vary: 'origin' } // also to others: a cache in front keeps them apart
  const known = new Map(
    origins.map((origin) => {
      const allowed = { ...vary, 'access-control-allow-origin': origin }
      const preflight: Answer = {
        status: 204,
        headers: {
          ...allowed,
          'access-control-allow-methods': METHODS,
          'access-control-allow-headers': ASKED_WITH,
          'access-control-max-age': String(MAX_AGE_SECONDS),
        },
        body: '',
      }
      const answer = { ...allowed, 'access-control-expose-headers': TOLD_WITH }
      return [origin, { preflight, answer }]
    }),
  )
  return {
    headersFor: (origin: string | undefined): Record<string, string> =>
      (origin !== undefined && known.get(origin)?.answer) || vary,

    /** Undefined for any other request, and for a page that may not ask. */
    preflight({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>) {
      const { origin } = headers
      if (method !== 'OPTIONS' || origin === undefined) return undefined
      if (headers['access-control-request-method'] === undefined) return undefined
      return known.get(origin)?.preflight
    },
  }
}
