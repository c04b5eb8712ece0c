/** The thread that reads the books: audit/books-reader.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import { closeRedis, connectRedis, whenReady } from '@flashsale/redis/connection.ts'
import { createDb } from '@flashsale/service-kit/db.ts'
import { createLog } from '@flashsale/service-kit/log.ts'
import { timelineGuard } from '@flashsale/service-kit/timeline.ts'
import { judgeSale } from '../audit/audit-sale.ts'
import type { Asked, ReaderSettings, Said } from '../audit/books-reader.ts'
import { createOrderClient } from '../clients/order.ts'
import { createPaymentClient } from '../clients/payment.ts'
import { READER_CONNECTIONS_MAX } from '../db/connections.ts'

const READING_TIMEOUT_MS = 10_000 // of all the stock of a sale, which can be much
const CONNECT_MS_MAX = 2_000

const port = parentPort
if (!port) throw new Error('this runs as a thread of inventory')
const { instance, database, redis, orderUrl, paymentUrl }: ReaderSettings = workerData
const guard = timelineGuard({ standby: database.standby, log: createLog('inventory') })
const db = createDb(database, { name: instance, guard, max: READER_CONNECTIONS_MAX })
const readings = connectRedis({ ...redis, commandTimeoutMs: READING_TIMEOUT_MS })
const orders = createOrderClient(orderUrl)
const payments = createPaymentClient(paymentUrl)
await whenReady(readings, CONNECT_MS_MAX).catch(() => {}) // each reading tells that it is not

const read = ({ id, saleId }: Exclude<Asked, 'end'>): Promise<Said> =>
  judgeSale({ db, readings, orders, payments }, saleId).then(
    (judged) => ({ id, judged }),
    (error) => ({ id, message: String(error?.message), code: String(error?.code ?? '') }),
  )
const end = async () => {
  await Promise.allSettled([closeRedis(readings), db.close(), orders.close(), payments.close()])
  port.close()
}
port.on('message', async (asked: Asked) => {
  if (asked === 'end') await end()
  else port.postMessage(await read(asked))
})
