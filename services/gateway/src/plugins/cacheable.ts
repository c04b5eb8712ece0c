import { createHash } from 'node:crypto'
import fp from 'fastify-plugin'

const MAX_AGE_SECONDS = 1

/** Answers of this scope may be kept for a second, and asked for again by their ETag. */
export const cacheable = fp(
  async (app) => {
    app.addHook('onSend', async (request, reply, payload) => {
      if (reply.statusCode !== 200 || typeof payload !== 'string') return payload
      const etag = `"${createHash('sha1').update(payload).digest('base64url')}"`
      reply.header('cache-control', `public, max-age=${MAX_AGE_SECONDS}`)
      reply.header('etag', etag)
      if (!matches(request.headers['if-none-match'], etag)) return payload
      reply.code(304)
      return ''
    })
  },
  { name: 'cacheable' },
)

/** Weak comparison, as RFC 9110 asks for: proxies mark what they compress with `W/`. */
function matches(wanted: string | undefined, etag: string) {
  if (wanted === undefined) return false
  const tags = wanted.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes(etag) || tags.includes('*')
}
