import type { InventoryClient } from './inventory.ts'
import type { OrderClient } from './order.ts'
import type { PaymentClient } from './payment.ts'
import { onTrack, type Tracks } from './tracks.ts'

/** What a buyer asks of an order; operators' lists are stable's. */
export function splitOrder(tracks: Tracks<OrderClient>): OrderClient {
  return {
    read: (id, asker) => onTrack(tracks, asker, (order) => order.read(id)),
    cancel: (id, buyerId, asker) => onTrack(tracks, asker, (order) => order.cancel(id, buyerId)),
    list: (wanted, asker) => onTrack(tracks, asker, (order) => order.list(wanted)),
    listAll: tracks.clients.stable.listAll,
  }
}

/** A callback names no buyer before its signature is checked: it is stable's. */
export function splitPayment(tracks: Tracks<PaymentClient>): PaymentClient {
  return {
    pay: (order, asker) => onTrack(tracks, asker, (payment) => payment.pay(order)),
    store: tracks.clients.stable.store,
  }
}

/** Purchases; each release gets its attempts in batches of its own. All else is the same to everybody. */
export function splitInventory(tracks: Tracks<InventoryClient>): InventoryClient {
  const { clients, watch } = tracks
  return {
    ...clients.stable,
    reserve: (attempt, wanted) =>
      clients[watch.trackOf({ buyerId: attempt.buyerId, wanted })].reserve(attempt),
  }
}
