import { channels } from '@flashsale/contracts/channels.ts'
import { type SaleFacts, SaleTold } from '@flashsale/contracts/http/inventory.ts'
import { type BuyerId, SaleId } from '@flashsale/contracts/ids.ts'
import { type Job, startJob } from '@flashsale/service-kit/job.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { sleep } from '@flashsale/service-kit/wait.ts'
import type { Broadcast } from '../clients/broadcast.ts'
import type { InventoryClient } from '../clients/inventory.ts'
import type { QueueTold } from '../domain/queue-told.ts'
import type { SaleState } from '../domain/sale-state.ts'
import { oneAfterAnother } from './one-after-another.ts'
import { type BuyersReader, createBuyersReader } from './read-buyers.ts'
import { createSaleMemory, type Facts, type SaleMemory } from './sale-memory.ts'

const POLL_EVERY_MS = 250
const CALM_POLL_EVERY_MS = 1_000 // while Redis tells of changes, and nothing is unknown
const UNKNOWN_SALE_EVERY_MS = 100 // made-up ids make inventory tell its sales no more often than this

type Deps = {
  inventory: Pick<InventoryClient, 'sales' | 'buyers'>
  broadcast: Pick<Broadcast, 'on' | 'onReconnect' | 'hears'>
  log: Log
  buyersMax?: number | undefined
}
type Found = { kind: 'sale'; sale: SaleFacts } | { kind: 'absent' } | { kind: 'unreachable' }

/** All that is known here about sales, so that a "no" costs no call (P7). */
export type SaleBoard = {
  /** Asks inventory only about a sale never seen. */
  find(saleId: string): Promise<Found>
  /** As `find`, but asks nobody. */
  get(saleId: string): SaleFacts | undefined
  all(): SaleFacts[]
  /** Of facts at hand; without the number of free units, by the one that is known here. */
  stateOf(sale: Facts & { free?: number | null }): SaleState
  /** False while the number of free units is unknown, or was not told again for too long. */
  knowsStockOf(sale: SaleFacts): boolean
  /** Of a sold-out sale: false only for a buyer who surely has no order of it, whatever became of it. */
  mayHaveOrder(sale: SaleFacts, buyerId: BuyerId): boolean
  /** What stands behind a 202, as it was told last. */
  queue(): QueueTold
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
  /** Since an inventory told of the sales last. */
  toldAgeMs(): number
  stop(): Promise<void>
}

/**
 * Redis tells of every change as it happens. What it told is lost while the line is down, so the sales
 * are also read when it is up again, and every second.
 */
export function startSaleBoard(deps: Deps): SaleBoard {
  const memory = createSaleMemory(deps)
  const { told, times, knowsStockOf } = memory
  const buyers = createBuyersReader(deps)
  const { refresh, onTold } = createReading(deps, memory, buyers)
  const missesNothing = hearRedis(deps, memory, buyers, refresh)
  let asking: Promise<boolean> | undefined

  const isShort = () => !memory.queue().isClosed && memory.queue().pollAfterSeconds === 1
  const isCalm = () =>
    missesNothing() && times.worked && isShort() && told.all().every(isCountedOrClosed)
  const run = async () => {
    const waitMs = isCalm() ? CALM_POLL_EVERY_MS : POLL_EVERY_MS
    if (performance.now() - times.askedAtMs >= waitMs - POLL_EVERY_MS / 2) await refresh()
  }
  const job: Job = startJob({ name: 'sale-board', everyMs: POLL_EVERY_MS, run, log: deps.log })

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
    get: told.get,
    all: told.all,
    stateOf: memory.stateOf,
    knowsStockOf,
    knowsStock: (saleId) => knowsStockOf(told.get(saleId) ?? { free: null }),
    mayHaveOrder: (sale, buyerId) => !missesNothing() || buyers.has(sale, buyerId) !== false,
    onTold,
    queue: memory.queue,
    redisNowMs: memory.redisNowMs,
    refresh,
    learn: (sale) => told.learnOne(sale, performance.now()),
    loaded: () => Number.isFinite(times.loadedAtMs),
    toldAgeMs: () => performance.now() - times.loadedAtMs,
    async stop() {
      buyers.stop()
      await job.stop()
    },
  }
}

/** Of a draft, or one whose stock is unknown, Redis may not tell when it changes. */
const isCountedOrClosed = ({ phase, free }: SaleFacts) =>
  phase === 'closed' || (phase !== 'draft' && free !== null)

/** Reads all sales, one answer at a time, and then the buyers of those that are sold out. */
function createReading(
  { broadcast }: Deps,
  { told, ask, stateOf }: SaleMemory,
  buyers: BuyersReader,
) {
  const listeners: (() => void)[] = []
  let wantsFresh = false

  const load = async () => {
    const fresh = wantsFresh
    wantsFresh = false
    const worked = await ask(fresh)
    // Without its ledger inventory still knows what Redis has: made-up ids must not hide that.
    if (fresh && !worked) await ask(false)
    return worked
  }
  const tell = () => {
    const running = told.all().filter((sale) => stateOf(sale) !== 'closed')
    buyers.keepOnly(new Set(running.map(({ id }) => id)))
    for (const sale of running) {
      if (broadcast.hears() && stateOf(sale) === 'sold-out') buyers.want(sale)
    }
    for (const listener of listeners) listener()
  }
  const loadNext = oneAfterAnother(() => load().finally(tell))
  const refresh: SaleBoard['refresh'] = ({ fresh } = { fresh: false }) => {
    wantsFresh ||= fresh
    return loadNext()
  }
  return { refresh, onTold: (listener: () => void) => void listeners.push(listener) }
}

/** Whether nothing that Redis told was missed since the sales were read. */
function hearRedis(
  { broadcast }: Deps,
  { told, times, stateOf }: SaleMemory,
  buyers: BuyersReader,
  refresh: SaleBoard['refresh'],
): () => boolean {
  let heardFromMs = Number.POSITIVE_INFINITY

  broadcast.on(channels.sales, (message) => {
    const heard = SaleTold.parse(message)
    told.hear(heard, performance.now())
    buyers.hear(heard)
    const sale = told.get(heard.id)
    if (sale && stateOf(sale) === 'sold-out') buyers.want(sale)
  })
  broadcast.onReconnect(() => {
    heardFromMs = performance.now()
    buyers.forget() // the inventory asked next may be behind, and not count what was missed
    void refresh()
  })
  return () => broadcast.hears() && times.readFromMs >= heardFromMs
}
