import { errorCodes } from 'fastify'
import fp from 'fastify-plugin'

/**
 * JSON, or 415. Every body is read first, so that one over the limit is 413 whatever it calls itself;
 * a body sent to no route is not looked at.
 */
export const jsonBody = fp(
  async (app) => {
    const parseJson = app.getDefaultJsonParser('error', 'error')
    app.removeAllContentTypeParsers()
    app.addContentTypeParser<string>(
      'application/json',
      { parseAs: 'string' },
      (request, body, done) => (request.is404 ? done(null) : parseJson(request, body, done)),
    )
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, _body, done) =>
      done(request.is404 ? null : new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE()),
    )
  },
  { name: 'json-body' },
)

/**
 * For the routes of one scope: the body's bytes as they came, whatever they call themselves. Calls
 * without a body of their own use it too, and drop what comes.
 */
export const rawBody = fp(
  async (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    app.addHook('onRequest', async (request) => {
      delete request.headers['content-type'] // Fastify would refuse one that it can't read
    })
  },
  { name: 'raw-body' },
)
