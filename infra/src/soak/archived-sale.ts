import type { Audit } from '@flashsale/contracts/http/audit.ts'
import { keysOf } from '../bench/bench-sale.ts'
import {
  isAtRest,
  openSaleRun,
  type SaleRun,
  type SaleSizes,
  type Shared,
} from '../drill/sale-run.ts'
import type { Stack } from '../stack/stack.ts'
import type { Servers } from './servers.ts'

const tryAgainMs = 500
const timeoutMs = 3_000

type Deps = { stack: Stack; servers: Servers; sizes?: (wanted: SaleSizes) => SaleSizes }

/**
 * A sale that is archived as soon as all of it has ended and its books were exact: it is made two days
 * older, so that the services forget it and take its keys out of Redis.
 */
export function archivedSales({ stack, servers, sizes = (wanted) => wanted }: Deps) {
  return async function open(shared: Shared, wanted: SaleSizes): Promise<SaleRun> {
    const run = await openSaleRun(shared, sizes(wanted))
    const { time } = shared
    let last: Audit | undefined
    const settle = async () => {
      await run.settle()
      for (const receipt of run.receipts()) receipt.token = '' // nobody asks any more
      while (!isAtRest(last) && !time.isUp()) {
        last = await run.audit()
        if (!isAtRest(last)) await time.pause(tryAgainMs)
      }
      for (const step of [makeOld, isForgotten, hasLeftRedis]) {
        while (!time.isUp() && !(await step({ stack, servers }, run.id).catch(() => false))) {
          await time.pause(tryAgainMs) // Postgres, Redis or an inventory is away
        }
      }
    }
    return { ...run, settle, audit: async () => (isAtRest(last) ? last : await run.audit()) }
  }
}

type Step = (deps: Pick<Deps, 'stack' | 'servers'>, saleId: string) => Promise<boolean>

/** False while the sale is not settled. */
const makeOld: Step = async ({ servers }, saleId) => {
  const sql = `update sales set settled_at = now() - interval '2 days'
               where id = $1 and settled_at is not null`
  return (await servers.pools.inventory.query(sql, [saleId])).rowCount === 1
}

const isForgotten: Step = async ({ stack }, saleId) => {
  const urls = stack.addresses.inventory.split(',')
  const answers = urls.map(async (url) => {
    const signal = AbortSignal.timeout(timeoutMs)
    const answer = await fetch(`${url}/internal/sales`, { signal })
    return answer.ok && !(await answer.text()).includes(saleId)
  })
  return (await Promise.all(answers)).every((forgotten) => forgotten)
}

const hasLeftRedis: Step = async ({ servers }, saleId) =>
  (await keysOf(servers, saleId)).length === 0
