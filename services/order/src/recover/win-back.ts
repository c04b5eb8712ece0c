import { topics } from '@flashsale/contracts/topics.ts'
import { messagingMigrations } from '@flashsale/messaging/migrations.ts'
import type { TopicSource } from '@flashsale/messaging/read-topic.ts'
import { replay } from '@flashsale/messaging/replay.ts'
import { revive } from '@flashsale/messaging/revive.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { migrate } from '@flashsale/service-kit/migrate.ts'
import type { Findings } from '@flashsale/service-kit/recovery.ts'
import { onPaymentCaptured, onPaymentCaptured2 } from '../consumers/on-payment-captured.ts'
import { onPaymentDeclined } from '../consumers/on-payment-declined.ts'
import { onPaymentRefunded } from '../consumers/on-payment-refunded.ts'
import { onStockHeld } from '../consumers/on-stock-held.ts'
import { onStockNotRecorded } from '../consumers/on-stock-not-recorded.ts'
import { startCounting } from '../db/recovery.ts'
import { checkVerdicts, repeatCancellations } from './verdicts.ts'

export type RecoverDeps = { db: Db; source: TopicSource; findings: Findings }

/**
 * R18: the orders were set back. The holds come first, which make the rows; then what order itself had
 * judged, for others have acted on it; then the money, which meets the same verdicts as the first time.
 * The inbox leaves out what is known: running it again changes nothing.
 */
export async function winBack(deps: RecoverDeps): Promise<void> {
  const { db, source, findings } = deps
  await migrate(db, messagingMigrations)
  await migrate(db, new URL('../../migrations/', import.meta.url))
  const counted = await startCounting(db)

  const holds = { db, group: 'order', source, consumers: [onStockHeld, onStockNotRecorded] }
  findings.tell(`${await replay(holds, topics.stock)} events of stock`)
  findings.tell(`${await repeatCancellations(deps)} events of orders`)
  const captured = [onPaymentCaptured, onPaymentCaptured2]
  const consumers = [...captured, onPaymentDeclined, onPaymentRefunded]
  const money = { db, group: 'order', source, consumers }
  findings.tell(`${await replay(money, topics.payments)} events of payments`)

  const revived = [
    ...(await revive(holds, topics.stock)),
    ...(await revive(money, topics.payments)),
  ]
  findings.won('dead key', 'Kafka', revived.length)
  await checkVerdicts(deps)
  const { made, moved, dead } = await counted()
  findings.won('order', 'Kafka', made)
  findings.won('move of an order', 'Kafka', moved)
  for (const key of dead) findings.open('orders', 'an event that can not be handled', { key })
}
