import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDb } from '@flashsale/service-kit/db.ts'
import { metricsText } from '@flashsale/service-kit/metric.ts'
import { watchOpen } from '../src/jobs/watch-open.ts'

test('metrics are told while the database is away', async (t) => {
  const away = createDb('postgres://nobody@127.0.0.1:1/none', { max: 1 })
  t.after(away.close)
  watchOpen(away)
  assert.match(await metricsText(), /^payment_refunds_stuck \d+$/m)
})
