import type { SaleId } from '@flashsale/contracts/ids.ts'
import { holdFence } from '@flashsale/locks/fence.ts'
import type { Lease, Leases } from '@flashsale/locks/lease.ts'
import { startLeasedJob } from '@flashsale/locks/leased-job.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { Fault } from '@flashsale/service-kit/fault.ts'
import type { Job } from '@flashsale/service-kit/job.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { REDIS_AWAY } from '../audit/audit-sale.ts'
import type { BooksReader } from '../audit/books-reader.ts'
import { holdBackAt } from '../db/segments.ts'
import { readingPauseMs } from '../domain/reading-pause.ts'
import { type SaleRegister, segmentOf } from '../stock/sale-register.ts'
import { tellBooks } from './tell-books.ts'

const LOOK_EVERY_MS = 250
const RUNBOOK = 'docs/runbooks/audit-not-exact.md'

export type ReconcilerDeps = {
  db: Db
  books: BooksReader
  register: SaleRegister
  leases: Leases
  holder: string
  log: Log
}
/** What the reconciler knows of a sale from its last reading. */
type Seen = { atFault: Set<number>; faults: string; nextAtMs: number; tookMs: number }

/**
 * Step 8 of the road: reads the books of every running sale over and over, in the order of R17. One
 * instance does it. It never adds a unit anywhere: drift of the same units, seen twice, is mended by a
 * rebuild (R10); what else is broken is told by name, for a person.
 */
export function startReconciler(deps: ReconcilerDeps): Job {
  const reconcile = createReconciler(deps)
  return startLeasedJob({
    name: 'reconcile',
    lease: 'inventory-reconciler',
    leases: deps.leases,
    holder: deps.holder,
    everyMs: LOOK_EVERY_MS,
    run: reconcile,
    log: deps.log,
  })
}

export function createReconciler(deps: Omit<ReconcilerDeps, 'leases' | 'holder'>) {
  const { register, log } = deps
  const seen = new Map<SaleId, Seen>()

  const forgetEnded = () => {
    const active = new Set(register.active().map(({ id }) => id))
    for (const saleId of seen.keys()) {
      if (!active.has(saleId)) seen.delete(saleId)
    }
  }
  /** One look at every sale whose turn it is. */
  return async (signal: AbortSignal, lease: Lease): Promise<void> => {
    forgetEnded()
    for (const { id } of register.active()) {
      const before = seen.get(id)
      if (signal.aborted) return
      if (before && before.nextAtMs > performance.now()) continue
      const now = await look(deps, id, before, lease).catch((error) => {
        log.warn({ err: error, saleId: id }, 'the books of a sale could not be reconciled')
      })
      if (now === REDIS_AWAY) {
        throw new Fault('redis.away', 'another instance may reach it', {}) // gives the lease up
      }
      const { tookMs = 0, ...rest } = now ?? before ?? { atFault: new Set<number>(), faults: '' }
      const others = [...seen].filter(([other]) => other !== id).map(([, one]) => one.tookMs)
      const pauseMs = readingPauseMs([...others, tookMs])
      seen.set(id, { ...rest, tookMs, nextAtMs: performance.now() + pauseMs })
    }
  }
}

/** Undefined when the books can't be read now: what is away tells nothing about drift. */
async function look(
  deps: Omit<ReconcilerDeps, 'leases' | 'holder'>,
  saleId: SaleId,
  before: Seen | undefined,
  lease: Lease,
) {
  const judged = await deps.books.read(saleId)
  if (judged.kind === 'unavailable' && judged.what === REDIS_AWAY) return REDIS_AWAY
  if (judged.kind !== 'judged') return undefined
  const { audit, epoch, isInUse, onStream, tookMs } = judged
  const atFault = new Set(judged.atFault)
  tellBooks(audit, onStream)

  const again = judged.atFault.filter((unit) => before?.atFault.has(unit))
  if (again.length > 0 && isInUse) await askForRebuild(deps, saleId, epoch, again, lease)
  const faults = audit.faults.map(({ name }) => name).join(' ')
  if (faults !== '' && faults !== before?.faults) {
    deps.log.error({ saleId, faults: audit.faults, runbook: RUNBOOK }, 'the books are not exact')
  }
  return { atFault, faults, tookMs }
}

/** A fenced write: a reconciler that was stopped since its reading asks for nothing. */
async function askForRebuild(
  { db, register, log }: Pick<ReconcilerDeps, 'db' | 'register' | 'log'>,
  saleId: SaleId,
  epoch: number,
  units: number[],
  lease: Lease,
) {
  const sale = register.get(saleId)
  if (!sale) return
  const asked = await db.tx(async (tx) => {
    await holdFence(tx, lease)
    return await holdBackAt(tx, { ...segmentOf(sale), epoch }, 'drift')
  })
  if (!asked) return
  log.error(
    { saleId, epoch, units: units.slice(0, 10) },
    'drift seen twice: Redis is to be rebuilt',
  )
  await register.refresh()
}
