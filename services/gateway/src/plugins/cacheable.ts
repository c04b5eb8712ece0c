import { createHash } from 'node:crypto'
import fp from 'fastify-plugin'
import type { Switches } from '../http/closed.ts'
import { staleHeaders } from '../http/stale.ts'

const MAX_AGE_SECONDS = 1
const STALE = { maxAgeSeconds: 10, ifErrorSeconds: 300 } // with the switch: who is in front helps
const FRESH_MS = 3_000 // as old as what a gateway knows of sales may be, and count as new

type Deps = {
  runtimeConfig: Switches
  /** Since what these answers are made of was told last. */
  toldAgeMs(): number
}

/**
 * Answers of this scope may be kept for a second, and asked for again by their ETag; while `serveStale`
 * is on for ten, and for five minutes while there is trouble, and they say how old they are.
 */
export const cacheable = fp<Deps>(
  async (app, { runtimeConfig, toldAgeMs }) => {
    app.addHook('onSend', async (request, reply, payload) => {
      if (reply.statusCode !== 200 || typeof payload !== 'string') return payload
      const etag = `"${createHash('sha1').update(payload).digest('base64url')}"`
      reply.headers(runtimeConfig.current().switches.serveStale ? staleFor(toldAgeMs()) : fresh)
      reply.header('etag', etag)
      if (!matches(request.headers['if-none-match'], etag)) return payload
      reply.code(304)
      return ''
    })
  },
  { name: 'cacheable' },
)

const fresh = { 'cache-control': `public, max-age=${MAX_AGE_SECONDS}` }

/** A cache counts `Age` in: what is old already may be kept for as long as what is new. */
function staleFor(ageMs: number) {
  const ageSeconds = ageMs < FRESH_MS ? 0 : Math.ceil(ageMs / 1_000)
  const maxAge = ageSeconds + STALE.maxAgeSeconds
  const kept = `public, max-age=${maxAge}, stale-if-error=${STALE.ifErrorSeconds}`
  return { 'cache-control': kept, ...(ageSeconds > 0 && staleHeaders(ageSeconds)) }
}

/** Weak comparison, as RFC 9110 asks for: proxies mark what they compress with `W/`. */
function matches(wanted: string | undefined, etag: string) {
  if (wanted === undefined) return false
  const tags = wanted.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes(etag) || tags.includes('*')
}
