import type { Audit } from '@flashsale/contracts/http/audit.ts'
import type { SaleId } from '@flashsale/contracts/ids.ts'
import { metrics } from '../metrics.ts'
import type { SaleRegister } from '../stock/sale-register.ts'

const STATES = ['available', 'held', 'sold', 'withdrawn'] as const

const told = new Map<SaleId, Set<string>>() // and their faults: one that is mended goes back to 0

/** What the reconciler last read of a sale, for whoever watches it. */
export function tellBooks(audit: Audit, onStream: number) {
  const { saleId: sale, drift, inFlight, faults } = audit
  metrics.drift.set({ sale }, drift)
  metrics.inFlight.set({ sale }, inFlight)
  metrics.streamLength.set({ sale }, onStream)
  metrics.reconciledAt.set({ sale }, Date.now() / 1000)
  for (const state of STATES) metrics.units.set({ sale, state }, audit[state])
  const known = told.get(sale) ?? new Set()
  for (const fault of known) metrics.bookFaults.set({ sale, fault }, 0)
  for (const { name, count } of faults) metrics.bookFaults.set({ sale, fault: name }, count)
  told.set(sale, known.union(new Set(faults.map(({ name }) => name))))
}

/** Of sales that are over nothing is told any more, nor by an instance that reconciled them before. */
export function forgetEndedBooks(register: Pick<SaleRegister, 'active'>) {
  const active = new Set(register.active().map(({ id }) => id))
  const { drift, inFlight, streamLength, reconciledAt, units, bookFaults } = metrics
  for (const [sale, faults] of told) {
    if (active.has(sale)) continue
    for (const gauge of [drift, inFlight, streamLength, reconciledAt]) gauge.remove({ sale })
    for (const state of STATES) units.remove({ sale, state })
    for (const fault of faults) bookFaults.remove({ sale, fault })
    told.delete(sale)
  }
}
