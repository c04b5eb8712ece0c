import type { SaleFacts } from '@flashsale/contracts/http/inventory.ts'
import { SaleId } from '@flashsale/contracts/ids.ts'
import { type Job, startJob } from '@flashsale/service-kit/job.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { sleep } from '@flashsale/service-kit/wait.ts'
import type { InventoryClient } from '../clients/inventory.ts'
import { createRedisClock } from '../domain/redis-clock.ts'
import { type SaleState, saleState } from '../domain/sale-state.ts'
import { createSalesTold } from '../domain/sales-told.ts'

const POLL_EVERY_MS = 250
const UNKNOWN_SALE_EVERY_MS = 100 // made-up ids make inventory tell its sales no more often than this
const STALE_AFTER_MS = 3_000 // what is left is not believed for longer without being told again

type Deps = { inventory: Pick<InventoryClient, 'sales'>; log: Log }
type Facts = Pick<SaleFacts, 'id' | 'phase' | 'opensAt' | 'closesAt'>
type Found = { kind: 'sale'; sale: SaleFacts } | { kind: 'absent' } | { kind: 'unreachable' }

/** All that is known here about sales, so that a "no" costs no call (P7). */
export type SaleBoard = {
  /** Asks inventory only about a sale never seen. */
  find(saleId: string): Promise<Found>
  all(): SaleFacts[]
  /** Of facts at hand; without the number of free units, by the one that is known here. */
  stateOf(sale: Facts & { free?: number | null }): SaleState
  /** False while the number of free units is unknown, or was not told again for too long. */
  knowsStockOf(sale: SaleFacts): boolean
  /** Redis' time; undefined before it was read once. */
  redisNowMs(): number | undefined
  /**
   * One answer that was asked for after this call; calls that wait at once share it. `fresh`: it has
   * what any inventory has changed, which the one that is asked would learn within its next look.
   */
  refresh(wanted?: { fresh: boolean }): Promise<boolean>
  /** Of one sale, as `knowsStockOf` of what is known of it now. */
  knowsStock(saleId: string): boolean
  /** Called after each answer of an inventory, and after each that did not come. */
  onTold(listener: () => void): void
  /** What an inventory answered to a change of this sale. */
  learn(sale: SaleFacts): void
  loaded(): boolean
  stop(): Promise<void>
}

export function startSaleBoard({ inventory, log }: Deps): SaleBoard {
  const { told, times, redisNowMs, ask } = createMemory({ inventory, log })
  const listeners: (() => void)[] = []
  let wantsFresh = false
  let asking: Promise<boolean> | undefined

  const load = async () => {
    const fresh = wantsFresh
    wantsFresh = false
    const worked = await ask(fresh)
    // Without its ledger inventory still knows what Redis has: made-up ids must not hide that.
    if (fresh && !worked) await ask(false)
    return worked
  }
  const tell = () => {
    for (const listener of listeners) listener()
  }
  const loadNext = oneAfterAnother(() => load().finally(tell))
  const refresh: SaleBoard['refresh'] = ({ fresh } = { fresh: false }) => {
    wantsFresh ||= fresh
    return loadNext()
  }
  const knowsStockOf = ({ free }: Pick<SaleFacts, 'free'>) =>
    free !== null && performance.now() - times.loadedAtMs < STALE_AFTER_MS
  const run = async () => void (await refresh())
  const job: Job = startJob({ name: 'sale-board', everyMs: POLL_EVERY_MS, run, log })

  return {
    async find(saleId) {
      const known = told.get(saleId)
      if (known) return { kind: 'sale', sale: known }
      if (!SaleId.safeParse(saleId).success) return { kind: 'absent' }
      const dueInMs = Math.max(0, times.askedAtMs + UNKNOWN_SALE_EVERY_MS - performance.now())
      asking ??= sleep(dueInMs).then(() => {
        asking = undefined
        return refresh({ fresh: true })
      })
      const worked = await asking
      const sale = told.get(saleId)
      if (sale) return { kind: 'sale', sale }
      return worked ? { kind: 'absent' } : { kind: 'unreachable' }
    },
    all: told.all,
    stateOf: (sale) => {
      const free = sale.free === undefined ? (told.get(sale.id)?.free ?? null) : sale.free
      return saleState({ ...sale, free }, redisNowMs())
    },
    knowsStockOf,
    knowsStock: (saleId) => knowsStockOf(told.get(saleId) ?? { free: null }),
    onTold: (listener) => void listeners.push(listener),
    redisNowMs,
    refresh,
    learn: (sale) => told.learnOne(sale, performance.now()),
    loaded: () => Number.isFinite(times.loadedAtMs),
    stop: () => job.stop(),
  }
}

/** What was told here last, of the sales and of Redis' clock. */
function createMemory({ inventory, log }: Deps) {
  const clock = createRedisClock()
  const told = createSalesTold()
  const times = { askedAtMs: Number.NEGATIVE_INFINITY, loadedAtMs: Number.NEGATIVE_INFINITY }

  const ask = async (fresh: boolean): Promise<boolean> => {
    const sentAtMs = performance.now()
    times.askedAtMs = sentAtMs
    const answer = await inventory.sales({ fresh }).catch((error) => {
      log.error({ err: error }, 'the sales could not be read')
    })
    if (!answer) return false
    const receivedAtMs = performance.now()
    const { redisTimeMs } = answer
    if (redisTimeMs !== null) clock.learn({ redisTimeMs, sentAtMs, receivedAtMs })
    told.learn(answer.sales, receivedAtMs)
    times.loadedAtMs = receivedAtMs
    return true
  }
  return { told, times, ask, redisNowMs: () => clock.nowMs(performance.now()) }
}

/** Never two at a time: calls made during a run share the one run that follows it. */
function oneAfterAnother<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  let following: Promise<T> | undefined

  const start = (): Promise<T> => {
    following = undefined
    const current = run().finally(() => {
      running = undefined
    })
    running = current
    return current
  }
  return () => {
    if (!running) return start()
    following ??= running.then(start, start)
    return following
  }
}
