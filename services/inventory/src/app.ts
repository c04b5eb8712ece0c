import { plantFaults } from '@flashsale/runtime-config/plant-faults.ts'
import type { RuntimeConfig } from '@flashsale/runtime-config/runtime-config.ts'
import { createApp } from '@flashsale/service-kit/app.ts'
import type { Ready } from '@flashsale/service-kit/probes.ts'
import type { BooksReader } from './audit/books-reader.ts'
import type { SaleList } from './db/list-sales.ts'
import type { Admission } from './domain/admission.ts'
import { type AdminActionDeps, adminActions } from './http/admin-actions.ts'
import { audit } from './http/audit.ts'
import { erasures } from './http/erasures.ts'
import { listBuyers } from './http/list-buyers.ts'
import { listSales } from './http/list-sales.ts'
import { lookUp } from './http/look-up.ts'
import { reserveAttempts } from './http/reserve.ts'
import { runtimeConfig } from './http/runtime-config.ts'
import { movePhase } from './http/sale-phase.ts'
import { restockSale, withdrawFromSale } from './http/sale-units.ts'
import { addSale, readSales } from './http/sales.ts'
import type { ConfigTeller } from './jobs/tell-config.ts'
import type { SaleDeps } from './stock/change-sale.ts'

const BODY_BYTES_MAX = 1024 * 1024 // a batch of attempts

type Deps = Omit<SaleDeps, 'log'> &
  AdminActionDeps & {
    saleList: SaleList
    books: BooksReader
    admission: Admission
    runtimeConfig: RuntimeConfig
    teller: ConfigTeller
    faults: { allowed: boolean; instance: string }
    logLevel: string
    release?: string | undefined
    ready: Ready
  }

export function buildApp({ logLevel, release, ready, faults, ...rest }: Deps) {
  const bodyLimitBytes = BODY_BYTES_MAX
  const app = createApp({ name: 'inventory', logLevel, release, ready, bodyLimitBytes })
  plantFaults(app, { ...faults, service: 'inventory', config: rest.runtimeConfig })
  const deps = { ...rest, log: app.log, prefix: '/internal' }
  app.register(reserveAttempts, deps)
  app.register(readSales, deps)
  app.register(addSale, deps)
  app.register(listSales, deps)
  app.register(listBuyers, deps)
  app.register(movePhase, deps)
  app.register(restockSale, deps)
  app.register(withdrawFromSale, deps)
  app.register(lookUp, deps)
  app.register(audit, deps)
  app.register(runtimeConfig, deps)
  app.register(adminActions, deps)
  app.register(erasures, deps)
  return app
}
