import { randomUUID } from 'node:crypto'
import type { ActionId } from '@flashsale/contracts/http/admin-actions.ts'
import { type NewSale, STOCK_MAX } from '@flashsale/contracts/http/inventory.ts'
import type { SaleId } from '@flashsale/contracts/ids.ts'
import type { WatchedRedis } from '@flashsale/redis/connection.ts'
import type { Db, Tx } from '@flashsale/service-kit/db.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { recordChange } from '../db/admin-actions.ts'
import {
  addStock,
  insertSale,
  lockSale,
  moveSale,
  type Phase,
  readSale,
  type SaleRow,
} from '../db/sales.ts'
import { lineUp } from '../db/segments.ts'
import { countWithdrawn } from '../db/withdrawals.ts'
import { install } from '../redis/install.ts'
import { readFacts } from '../redis/read-facts.ts'
import { restock } from '../redis/restock.ts'
import { describeSale } from '../redis/sale-heads.ts'
import { setPhase } from '../redis/set-phase.ts'
import { withdrawUnits } from '../redis/withdraw-units.ts'
import { type SaleRegister, segmentOf } from './sale-register.ts'

const RECORDED_WITHIN_MS = 2_000

export type SaleDeps = { db: Db; redis: WatchedRedis; register: SaleRegister; log: Log }

/** A sale is `ready` only after its stock was loaded into Redis and read back; else it stays draft. */
export async function createSale(deps: SaleDeps, sale: NewSale, action?: ActionId) {
  const { db, redis, register, log } = deps
  const id = randomUUID() as SaleId
  await db.tx(async (tx) => {
    await insertSale(tx, id, sale)
    const after = { ...sale, phase: 'draft' } // and ready once it is loaded
    await recordChange(tx, action, { target: targetOf(id), after })
  })
  const at = { saleId: id, segment: 0, epoch: 1 }
  try {
    await describeSale(redis, at, sale)
    await install(redis, {
      ...at,
      last: 0,
      stock: sale.stock,
      stockVersion: 1,
      opensAtMs: Date.parse(sale.opensAt),
      closesAtMs: Date.parse(sale.closesAt),
      phase: 'ready',
      phaseVersion: 1,
      perBuyerLimit: sale.perBuyerLimit,
    })
    const facts = await readFacts(redis, at)
    if (facts.kind !== 'facts' || facts.free !== sale.stock) return { kind: 'unavailable' } as const
  } catch (error) {
    log.error({ err: error, saleId: id }, 'stock could not be loaded, the sale stays draft')
    return { kind: 'unavailable' } as const
  }
  await moveSale(db, id, ['draft'], 'ready')
  await register.refresh()
  return { kind: 'created', id } as const
}

const allowedFrom: Record<'ready' | 'paused' | 'closed', Phase[]> = {
  ready: ['paused'],
  paused: ['ready'],
  closed: ['ready', 'paused'],
}

/** The ledger decides, Redis is told; when it can't be told now, keep-sales tells it later. */
export async function changePhase(
  deps: SaleDeps,
  sale: SaleRow,
  to: 'ready' | 'paused' | 'closed',
  action?: ActionId,
) {
  const { db, register, log } = deps
  const { id } = sale
  const moved = await db.tx(async (tx) => {
    await lockSale(tx, id)
    const work = () => moveSale(tx, id, allowedFrom[to], to)
    return await recorded(tx, { id, action, work })
  })
  await register.refresh()
  const now = await register.find(sale.id)
  if (!moved && now?.phase !== to) return { kind: 'conflict' } as const
  if (now) await tellPhase(deps, now).catch((error) => log.warn({ err: error }, 'phase waits'))
  if (to === 'closed') {
    const { operation, taken } = await withdrawRest(deps, sale.id)
    if (taken > 0) await isRecorded(deps, operation, taken).catch(() => false) // its books follow
  }
  return { kind: 'changed' } as const
}

export const tellPhase = ({ redis }: SaleDeps, sale: SaleRow) =>
  setPhase(redis, segmentOf(sale), sale.phase, sale.phaseVersion)

export const tellStock = ({ redis }: SaleDeps, sale: SaleRow) =>
  restock(redis, segmentOf(sale), sale.stock, sale.stockVersion)

/** R19: the ledger's commit first, then the script; a crash between them is mended by keep-sales. */
export async function addUnits(deps: SaleDeps, sale: SaleRow, units: number, action?: ActionId) {
  const { db, register, log } = deps
  const added = await db.tx(async (tx) => {
    await lineUp(tx, segmentOf(sale), 'update')
    const work = () => addStock(tx, sale.id, units, STOCK_MAX)
    return await recorded(tx, { id: sale.id, action, work })
  })
  if (!added) return { kind: 'conflict' } as const
  await register.refresh()
  const now = await register.find(sale.id)
  if (now) await tellStock(deps, now).catch((error) => log.warn({ err: error }, 'restock waits'))
  return { kind: 'changed' } as const
}

type Doing = { id: SaleId; action: ActionId | undefined; work: () => Promise<boolean> }

/** A change of a sale that is locked, with what it was before and after; false when there was none. */
async function recorded(tx: Tx, { id, action, work }: Doing): Promise<boolean> {
  const before = action && (await told(tx, id))
  if (!(await work())) return false
  if (action) {
    await recordChange(tx, action, { target: targetOf(id), before, after: await told(tx, id) })
  }
  return true
}

const targetOf = (id: SaleId) => `sale:${id}`

async function told(tx: Tx, id: SaleId) {
  const { phase, stock } = (await readSale(tx, id)) ?? {}
  return { phase, stock }
}

/** All of `units` or none, in one step. Answers when the ledger has them on record. */
export async function takeOut(deps: SaleDeps, sale: SaleRow, units: number) {
  const operation = randomUUID()
  const first = await withdrawUnits(deps.redis, {
    ...segmentOf(sale),
    operation,
    units,
    mode: 'all',
  })
  if (first.kind !== 'withdrawn') return { kind: first.kind, free: first.count ?? 0 }
  // Not on record in time: it may still be, or a Redis that forgot has lost it (P8).
  const kind = (await isRecorded(deps, operation, units)) ? 'withdrawn' : 'unconfirmed'
  return { kind, free: 0 } as const
}

/** What is free in a closed sale leaves Redis; what comes back later is taken by the next call. */
export async function withdrawRest(deps: SaleDeps, saleId: SaleId) {
  const operation = randomUUID()
  let taken = 0
  try {
    const sale = await deps.register.find(saleId)
    if (!sale) return { operation, taken }
    for (;;) {
      const more = await withdrawSome(deps, sale, operation, STOCK_MAX)
      if (more === 0) break
      taken += more
    }
  } catch (error) {
    deps.log.warn({ err: error, saleId }, 'what is left of a closed sale waits to be withdrawn')
  }
  return { operation, taken }
}

async function withdrawSome({ redis }: SaleDeps, sale: SaleRow, operation: string, units: number) {
  const wish = { ...segmentOf(sale), operation, units, mode: 'some' as const }
  const taken = await withdrawUnits(redis, wish)
  return taken.kind === 'withdrawn' ? (taken.count ?? 0) : 0
}

async function isRecorded({ db, log }: SaleDeps, operation: string, units: number) {
  const all = async () => ((await countWithdrawn(db, operation)) >= units ? true : undefined)
  const wait = { timeoutMs: RECORDED_WITHIN_MS, everyMs: 20, what: 'the withdrawal on record' }
  try {
    return await until(all, wait)
  } catch (error) {
    log.warn({ err: error, operation }, 'a withdrawal is still in the stream')
    return false
  }
}
