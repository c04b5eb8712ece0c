import { topics } from '@flashsale/contracts/topics.ts'
import { messagingMigrations } from '@flashsale/messaging/migrations.ts'
import type { TopicSource } from '@flashsale/messaging/read-topic.ts'
import { revive } from '@flashsale/messaging/revive.ts'
import type { Redis } from '@flashsale/redis/connection.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { migrate } from '@flashsale/service-kit/migrate.ts'
import type { Findings } from '@flashsale/service-kit/recovery.ts'
import { onOrderCancelled } from '../consumers/on-order-cancelled.ts'
import { onOrderPaid } from '../consumers/on-order-paid.ts'
import { askForRebuilds } from '../db/recovery.ts'
import { winBackFromRedis } from './from-redis.ts'
import { readLostHolds } from './lost-holds.ts'
import { applyOutcomes, readOutcomes } from './outcomes.ts'
import { restoreHolds } from './restore-holds.ts'
import { takeOverSales } from './take-over-sales.ts'

export type RecoverDeps = {
  db: Db
  redis: Redis
  keyPrefix: string
  source: TopicSource
  findings: Findings
  log: Log
}

/**
 * R18: the ledger was set back, Redis and Kafka were not. What others have acted on is taken as it
 * was: ends of orders from Kafka first, so that their units are free for the holds that came after
 * them, then the holds, under the guards of R5; what they refuse is named and never forced. A rebuild
 * follows in which Redis gets everything from the ledger again. Running it again changes nothing.
 */
export async function winBack(deps: RecoverDeps): Promise<void> {
  const { db, findings } = deps
  await migrate(db, messagingMigrations)
  await migrate(db, new URL('../../migrations/', import.meta.url))

  const sales = await takeOverSales(deps)
  findings.tell(`${sales.length} sales are held back`)
  const outcomes = await readOutcomes(deps)
  const lost = await readLostHolds(deps)
  await restoreHolds(deps, lost, outcomes)
  for (const sale of sales) await winBackFromRedis(deps, sale, lost)
  await applyOutcomes(deps, outcomes, lost)
  const consumers = [onOrderPaid, onOrderCancelled]
  const ends = { db, group: 'inventory', consumers, source: deps.source }
  findings.won('dead key', 'Kafka', (await revive(ends, topics.orders)).length)
  await askForRebuilds(db)
}
