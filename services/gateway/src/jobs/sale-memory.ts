import type { SaleFacts } from '@flashsale/contracts/http/inventory.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import type { InventoryClient } from '../clients/inventory.ts'
import { NO_QUEUE, queueTold } from '../domain/queue-told.ts'
import { createRedisClock } from '../domain/redis-clock.ts'
import { type SaleState, saleState } from '../domain/sale-state.ts'
import { createSalesTold } from '../domain/sales-told.ts'

const STALE_AFTER_MS = 3_000 // what is left is not believed for longer without being told again

type Deps = { inventory: Pick<InventoryClient, 'sales'>; log: Log }
export type Facts = Pick<SaleFacts, 'id' | 'phase' | 'opensAt' | 'closesAt'>

/** What was told here last, of the sales and of Redis' clock. */
export function createSaleMemory({ inventory, log }: Deps) {
  const clock = createRedisClock()
  const told = createSalesTold()
  const times = {
    askedAtMs: Number.NEGATIVE_INFINITY,
    loadedAtMs: Number.NEGATIVE_INFINITY,
    /** When the answer in use was asked for: it has all that was there then. */
    readFromMs: Number.NEGATIVE_INFINITY,
    worked: false,
  }
  let queue = NO_QUEUE
  const redisNowMs = () => clock.nowMs(performance.now())

  return {
    told,
    times,
    redisNowMs,
    queue: () => queue,
    stateOf(sale: Facts & { free?: number | null }): SaleState {
      const free = sale.free === undefined ? (told.get(sale.id)?.free ?? null) : sale.free
      return saleState({ ...sale, free }, redisNowMs())
    },
    knowsStockOf: ({ free }: Pick<SaleFacts, 'free'>) =>
      free !== null && performance.now() - times.loadedAtMs < STALE_AFTER_MS,

    /** Asks an inventory; false when it can't tell. */
    async ask(fresh: boolean): Promise<boolean> {
      const sentAtMs = performance.now()
      times.askedAtMs = sentAtMs
      const answer = await inventory.sales({ fresh }).catch((error) => {
        log.error({ err: error }, 'the sales could not be read')
      })
      times.worked = answer !== undefined
      if (!answer) return false
      const receivedAtMs = performance.now()
      const { redisTimeMs } = answer
      if (redisTimeMs !== null) clock.learn({ redisTimeMs, sentAtMs, receivedAtMs })
      told.learn(answer.sales, receivedAtMs)
      queue = queueTold(answer.queue)
      times.loadedAtMs = receivedAtMs
      times.readFromMs = sentAtMs
      return true
    },
  }
}
export type SaleMemory = ReturnType<typeof createSaleMemory>
