/** The local bank: a payment provider that keeps its word on money and misbehaves on request. */
import { parseEnv, Secret, ServiceEnv } from '@flashsale/service-kit/config.ts'
import { runService } from '@flashsale/service-kit/run.ts'
import { z } from 'zod'
import { buildBank } from './app.ts'
import { createBook } from './book.ts'
import { createDeliveries } from './deliveries.ts'
import { openJournal } from './journal.ts'

const Env = ServiceEnv.extend({
  BANK_SECRET: Secret,
  BANK_JOURNAL: z.string().min(1),
  BANK_PUBLIC_URL: z.url().optional(),
})
const env = parseEnv(Env, process.env)
const publicUrl = env.BANK_PUBLIC_URL ?? `http://${env.HOST}:${env.PORT}`

const journal = openJournal(env.BANK_JOURNAL)
const deliveries = createDeliveries({
  secret: env.BANK_SECRET,
  onDelivered: (pending) => book.called(pending),
})
const book = createBook(journal, deliveries.start)
for (const pending of book.pendingCalls()) deliveries.start(pending)

const app = await buildBank({ book, publicUrl, logLevel: env.LOG_LEVEL })
await runService(app, {
  host: env.HOST,
  port: env.PORT,
  close: [deliveries.close, async () => journal.close()],
})
