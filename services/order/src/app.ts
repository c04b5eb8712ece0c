import { plantFaults } from '@flashsale/runtime-config/plant-faults.ts'
import type { RuntimeConfig } from '@flashsale/runtime-config/runtime-config.ts'
import { createApp } from '@flashsale/service-kit/app.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import type { Ready } from '@flashsale/service-kit/probes.ts'
import type { OrderLists } from './db/list-orders.ts'
import { audit } from './http/audit-orders.ts'
import { cancel } from './http/cancel-order.ts'
import { eraseBuyers } from './http/erase-buyers.ts'
import { getOrder } from './http/get-order.ts'
import { listAllOrders } from './http/list-all-orders.ts'
import { listOrders } from './http/list-orders.ts'

type Deps = {
  db: Db
  lists: OrderLists
  logLevel: string
  release?: string | undefined
  ready: Ready
  runtimeConfig: RuntimeConfig
  faults: { allowed: boolean; instance: string }
}

export function buildApp(deps: Deps) {
  const { db, lists, logLevel, release, ready, runtimeConfig, faults } = deps
  const app = createApp({ name: 'order', logLevel, release, ready })
  plantFaults(app, { ...faults, service: 'order', config: runtimeConfig })
  const prefix = '/internal'
  app.register(getOrder, { prefix, db })
  app.register(listOrders, { prefix, lists })
  app.register(listAllOrders, { prefix, lists })
  app.register(cancel, { prefix, db })
  app.register(audit, { prefix, db })
  app.register(eraseBuyers, { prefix, db })
  return app
}
