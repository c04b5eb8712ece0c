import type { SaleId } from '@flashsale/contracts/ids.ts'
import { takeOverPhase, takeOverSegment } from '../db/recovery.ts'
import { insertSale, readSales, type SaleRow } from '../db/sales.ts'
import { readSaleHead, type SaleHead, scanSales } from '../redis/sale-heads.ts'
import type { RecoverDeps } from './win-back.ts'

const PHASES = ['ready', 'paused', 'closed']

/** A sale that moves, with the epoch that Redis is at. */
export type SaleToRecover = { sale: SaleRow; epochInRedis: number }

/**
 * Epoch, stock and phase are Redis' where it is ahead: each has a version. Every sale that is not over
 * is held for a person from here on, also if this ends half way.
 */
export async function takeOverSales(deps: RecoverDeps): Promise<SaleToRecover[]> {
  const { db, redis, keyPrefix } = deps
  await restoreLost(deps, await scanSales(redis, keyPrefix))
  const sales = (await readSales(db)).filter(({ settled }) => !settled)
  const recovering: SaleToRecover[] = []
  for (const sale of sales) {
    const head = await readSaleHead(redis, { saleId: sale.id, segment: sale.segment })
    if (sale.phase === 'draft' && !wasReady(deps, sale, head)) continue
    await takeOver(deps, sale, head)
    recovering.push({ sale, epochInRedis: head?.epoch ?? 0 })
  }
  return recovering
}

/** A sale whose last step was lost; one that was never finished looks the same until it is bought. */
function wasReady({ findings }: RecoverDeps, sale: SaleRow, head: SaleHead | undefined): boolean {
  if (!head) return false
  if (head.last > 0 || head.phaseVersion > 1) return true
  const facts = { saleId: sale.id, title: sale.title }
  findings.open('sales', 'a draft that Redis has as ready: open it again, or forget it', facts)
  return false
}

async function takeOver({ db, findings }: RecoverDeps, sale: SaleRow, head?: SaleHead) {
  const ahead = head ?? { epoch: 0, stock: 0, stockVersion: 0 }
  await db.tx(async (tx) => {
    const at = { saleId: sale.id, segment: sale.segment }
    const taken = await takeOverSegment(tx, at, ahead)
    findings.won('restocked unit', 'Redis', taken?.restocked ?? 0)
    findings.won('epoch', 'Redis', taken && taken.raised > 0 ? 1 : 0)
    if (!head || !PHASES.includes(head.phase)) return
    const moved = await takeOverPhase(tx, sale.id, head.phase, head.phaseVersion)
    findings.won('phase of a sale', 'Redis', moved ? 1 : 0)
  })
}

/** As a draft at first; what Redis has sold of it shows that it was more. */
async function restoreLost({ db, redis, findings }: RecoverDeps, inRedis: SaleId[]) {
  const { rows } = await db.query<{ id: SaleId }>(
    `select u.id from unnest($1::uuid[]) as u(id)
     where not exists (select from sales where sales.id = u.id)`,
    [inRedis],
  )
  for (const { id } of rows) {
    const description = (await readSaleHead(redis, { saleId: id, segment: 0 }))?.description
    if (description) {
      await db.tx((tx) => insertSale(tx, id, description))
      findings.won('sale', 'Redis')
    } else findings.open('sales', 'a sale that the ledger lost: make it again', { saleId: id })
  }
}
