import type { OrderId, SaleId } from '@flashsale/contracts/ids.ts'
import { topics } from '@flashsale/contracts/topics.ts'
import { deadKeys } from '@flashsale/messaging/dead-letters.ts'
import type { Db, Tx } from '@flashsale/service-kit/db.ts'
import type { InventoryClient } from '../clients/inventory.ts'
import { applyInput } from '../db/apply-input.ts'
import { cancelWantedOrders } from '../db/cancel-wanted-orders.ts'
import { lowestIdOf } from '../domain/order-id-time.ts'

export const END_CANCEL_WANTED_EVERY_MS = 500
const AFTER_DEADLINE_MS = 3_000 // the look-up is final once the attempt's deadline is past (R9)
const LOOK_UPS_MAX = 20 // at once

type Deps = { db: Db; inventory: Pick<InventoryClient, 'lookUp'> }

/**
 * Ends wishes to cancel for which no hold ever came (R11). Inventory's final "nothing is held" ends
 * one; a hold does only if its event is dead, else that is on its way; an unknown answer is asked
 * again. The ids are walked round and round, so that one without an answer does not keep the others
 * waiting.
 */
export function createCancelWantedSweep({ db, inventory }: Deps) {
  let after = lowestIdOf(0)

  return async function sweep(): Promise<boolean> {
    // Our own clock only says when to ask: what ends a wish is the look-up, by Redis’ time.
    const below = lowestIdOf(Date.now() - AFTER_DEADLINE_MS)
    const ids = await cancelWantedOrders(db, { after, below, limit: LOOK_UPS_MAX })
    after = ids.length === LOOK_UPS_MAX ? (ids.at(-1) as OrderId) : lowestIdOf(0)

    const asked = await Promise.all(
      ids.map(async (id) => ({ id, answer: await inventory.lookUp(id) })),
    )
    const nothingHeld = asked
      .filter(({ answer: { kind } }) => kind === 'absent' || kind === 'refused')
      .map(({ id }) => ({ id }))
    if (nothingHeld.length > 0) await db.tx((tx) => applyInput(tx, 'surely not held', nothingHeld))
    const held = asked.flatMap(({ id, answer }) =>
      answer.kind === 'held' ? [{ id, heldIn: answer.saleId }] : [],
    )
    if (held.length > 0) await db.tx((tx) => endDead(tx, held))
    return ids.length === LOOK_UPS_MAX
  }
}

async function endDead(tx: Tx, held: { id: OrderId; heldIn: SaleId }[]) {
  const dead = await deadKeys(
    tx,
    topics.stock,
    held.map(({ id }) => id),
  )
  await applyInput(
    tx,
    'hold dead-lettered',
    held.filter(({ id }) => dead.has(id)),
  )
}
