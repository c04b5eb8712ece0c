import { plantFaults } from '@flashsale/runtime-config/plant-faults.ts'
import type { RuntimeConfig } from '@flashsale/runtime-config/runtime-config.ts'
import { createApp } from '@flashsale/service-kit/app.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import type { Ready } from '@flashsale/service-kit/probes.ts'
import type { Bank } from './clients/bank.ts'
import type { Config } from './config.ts'
import { auditPayments } from './http/audit-payments.ts'
import { replaceBuyersOfPayments } from './http/replace-buyers.ts'
import { requestPayment } from './http/request-payment.ts'
import { takeCallback } from './http/take-callback.ts'

type Deps = { db: Db; bank: Bank; config: Config; runtimeConfig: RuntimeConfig; ready: Ready }

export async function buildApp({ db, bank, config, runtimeConfig, ready }: Deps) {
  const { logLevel, release, faultsAllowed: allowed, instance } = config
  const app = createApp({ name: 'payment', logLevel, release, ready })
  plantFaults(app, { allowed, instance, service: 'payment', config: runtimeConfig })
  const checkBackMs = config.checkBackEveryMs
  await app.register(requestPayment, { db, bank, checkBackMs, runtimeConfig })
  await app.register(takeCallback, { db, secrets: new Map([['bank', config.bankSecret]]) })
  await app.register(auditPayments, { db })
  await app.register(replaceBuyersOfPayments, { db })
  return app
}
