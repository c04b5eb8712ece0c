import { OrderId } from '@flashsale/contracts/ids.ts'
import { deadlineOf } from '@flashsale/contracts/order-id.ts'
import type { Receipt } from '../demo/receipts.ts'
import { ordersInLedger } from './ledger.ts'
import type { World } from './scene.ts'

const attemptLivesMs = 1_000 // CONTRACT.md: an order id says when its attempt ends

export type Loss = {
  /** Neither the ledger nor the Redis that came back knew them. */
  forgotten: number
  /** Only the ledger knew them. */
  recorded: number
}

/** Accepted by a buyer's own account, from then on. */
export function acceptedSince({ load }: Pick<World, 'load'>, from: number): string[] {
  const accepted = load.latestReceipts().filter(({ acceptedAt = -1 }) => acceptedAt >= from)
  return orderIdsOf(accepted)
}

/**
 * Accepted from then on by the Redis that is no more, also when the answer was still on its way when
 * it ended: who asked later was asked with another epoch, and never got what this one gave.
 */
export function acceptedBefore(world: Pick<World, 'load'>, from: number, ended: Date): string[] {
  return acceptedSince(world, from).filter((orderId) => askedAt(orderId) <= ended.getTime())
}

export const askedAt = (orderId: string) => deadlineOf(OrderId.parse(orderId)) - attemptLivesMs

export function orderIdsOf(receipts: readonly Receipt[]): string[] {
  return receipts.map(({ orderId }) => orderId).filter((orderId) => orderId !== undefined)
}

/**
 * Takes down which accepted orders Redis forgot, once it was rebuilt: their ends are held against it
 * when all is over. The drill fails when there is none.
 */
export async function noteLoss(world: World, orderIds: readonly string[]): Promise<Loss> {
  const { stack, report } = world
  const inLedger = await ordersInLedger(stack, orderIds)
  for (const orderId of orderIds) {
    const side = inLedger.has(orderId) ? report.recorded : report.forgotten
    side.add(orderId)
  }
  report.writesLost(orderIds.length)
  const loss = { forgotten: orderIds.length - inLedger.size, recorded: inLedger.size }
  const { forgotten, recorded } = loss
  world.say(
    `  Redis forgot ${orderIds.length} accepted orders: ${forgotten} for good, ${recorded} the ledger has`,
  )
  return loss
}
