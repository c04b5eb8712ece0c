import type { Db } from '@flashsale/service-kit/db.ts'
import { gauge } from '@flashsale/service-kit/metric.ts'
import { countUnsettledCallbacks } from '../db/callbacks.ts'
import { countOpenRefunds, countStuckRefunds } from '../db/refunds.ts'

/** What money is still open, read at each scrape. A stuck refund is tried on, but a person should look. */
export function watchOpen(db: Db) {
  gauge('payment_callbacks_unsettled', () => countUnsettledCallbacks(db))
  gauge('payment_refunds_open', () => countOpenRefunds(db))
  gauge('payment_refunds_stuck', () => countStuckRefunds(db))
}
