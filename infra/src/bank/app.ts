import { createApp } from '@flashsale/service-kit/app.ts'
import { errorCodes } from 'fastify'
import type { Book } from './book.ts'
import { checkoutRoutes } from './checkout-routes.ts'
import { refundRoutes } from './refund-routes.ts'

type Deps = { book: Book; publicUrl: string; logLevel: string }

export async function buildBank({ book, publicUrl, logLevel }: Deps) {
  const app = createApp({ name: 'bank', logLevel, ready: () => true })
  // A button needs no body: none, an empty one and one without a type are all taken.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => {
    if (text === '') return done(null, undefined)
    try {
      done(null, JSON.parse(text.toString()))
    } catch {
      done(new errorCodes.FST_ERR_CTP_INVALID_JSON_BODY())
    }
  })
  await app.register(checkoutRoutes, { book, publicUrl })
  await app.register(refundRoutes, { book })
  return app
}
