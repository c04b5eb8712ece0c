import { PaymentCallbackStored } from '@flashsale/contracts/events/payment-callback-stored.ts'
import { topics } from '@flashsale/contracts/topics.ts'
import { messagingMigrations } from '@flashsale/messaging/migrations.ts'
import type { TopicSource } from '@flashsale/messaging/read-topic.ts'
import { replay } from '@flashsale/messaging/replay.ts'
import { revive } from '@flashsale/messaging/revive.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { migrate } from '@flashsale/service-kit/migrate.ts'
import type { Findings } from '@flashsale/service-kit/recovery.ts'
import type { Bank } from '../clients/bank.ts'
import { onOrderCancelled } from '../consumers/on-order-cancelled.ts'
import { onOrderRefundWanted } from '../consumers/on-order-refund-wanted.ts'
import { onPaymentCallbackStored } from '../consumers/on-payment-callback-stored.ts'
import { answersToSettle, startCounting } from '../db/recovery.ts'
import { compareStatements } from './compare-statements.ts'
import { winBackPayments } from './win-back-payments.ts'

const AT_ONCE = 500

export type RecoverDeps = { db: Db; bank: Bank; source: TopicSource; findings: Findings }

const settles = onPaymentCallbackStored('1') // the version that every reader knows

/**
 * R18: the payments were set back, the bank was not. First the bank is asked about every order that
 * could have been paid for: the payment's id follows from the order's. Only then what orders said is
 * handled again, so that a refund finds its payment. The bank's statements have the last word.
 */
export async function winBack(deps: RecoverDeps): Promise<void> {
  const { db, source, findings } = deps
  await migrate(db, messagingMigrations)
  await migrate(db, new URL('../../migrations/', import.meta.url))
  const counted = await startCounting(db)

  const { firstDay } = await winBackPayments(deps)
  const said = {
    db,
    group: 'payment',
    source,
    consumers: [onOrderCancelled, onOrderRefundWanted, settles],
  }
  findings.tell(`${await replay(said, topics.orders)} events of orders`)
  findings.tell(`${await replay(said, topics.payments)} events of payments`)
  const revived = [...(await revive(said, topics.orders)), ...(await revive(said, topics.payments))]
  findings.won('dead key', 'Kafka', revived.length)
  if (firstDay) await compareStatements(deps, firstDay)
  await settleAnswers(db)

  const { refunds, dead } = await counted()
  findings.won('wish to refund', 'Kafka', refunds)
  for (const key of dead) findings.open('money', 'an event that can not be handled', { key })
}

/** Before anybody reads the books: an order is paid already that Kafka had told of the money. */
async function settleAnswers(db: Db): Promise<void> {
  for (let ids = await answersToSettle(db, AT_ONCE); ids.length > 0; ) {
    const events = ids.map((callbackId) => ({
      id: callbackId,
      type: PaymentCallbackStored.type,
      version: PaymentCallbackStored.version,
      key: callbackId,
      occurredAt: new Date().toISOString(),
      data: { callbackId, key: callbackId },
    }))
    await db.tx((tx) => settles.handle({ tx }, events))
    const left = await answersToSettle(db, AT_ONCE)
    if (left.some((id) => ids.includes(id))) return // they wait for their payment
    ids = left
  }
}
