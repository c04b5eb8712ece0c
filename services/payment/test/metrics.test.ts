import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDb } from '@flashsale/service-kit/db.ts'
import { register } from 'prom-client'
import { watchStuckRefunds } from '../src/jobs/send-refunds.ts'

test('metrics are told while the database is away', async (t) => {
  const away = createDb('postgres://nobody@127.0.0.1:1/none', { max: 1 })
  t.after(away.close)
  watchStuckRefunds(away)
  assert.match(await register.metrics(), /^payment_refunds_stuck \d+$/m)
})
