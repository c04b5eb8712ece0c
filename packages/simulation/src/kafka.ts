/** Events between services: an outbox each, topics that repeat, consumers with an inbox. */

export type ServiceName = 'inventory' | 'order' | 'payment'
export type EventType =
  | 'stock.held'
  | 'stock.not-recorded'
  | 'order.paid'
  | 'order.cancelled'
  | 'order.refund-wanted'
  | 'payment.captured'
  | 'payment.declined'
  | 'payment.refunded'
export type Message = { id: number; type: EventType; order: number }

/** Rows are published in their order; a relay marks what it has published. */
export type Outbox = { rows: Message[]; published: number; marked: number }
/** `at`: how far its owner got; `committed`: where it begins again after its end. */
export type Place = { at: number; committed: number }

export type Kafka = {
  isAway: boolean
  topics: Record<ServiceName, Message[]>
  outboxes: Record<ServiceName, Outbox>
  places: { reader: ServiceName; topic: ServiceName; place: Place }[]
  inboxes: Record<ServiceName, Set<number>>
  messagesMade: number
}

/** Who reads whose events. */
const readers: [ServiceName, ServiceName][] = [
  ['order', 'inventory'],
  ['order', 'payment'],
  ['inventory', 'order'],
  ['payment', 'order'],
]

export function newKafka(): Kafka {
  const outbox = (): Outbox => ({ rows: [], published: 0, marked: 0 })
  return {
    isAway: false,
    topics: { inventory: [], order: [], payment: [] },
    outboxes: { inventory: outbox(), order: outbox(), payment: outbox() },
    places: readers.map(([reader, topic]) => {
      return { reader, topic, place: { at: 0, committed: 0 } }
    }),
    inboxes: { inventory: new Set(), order: new Set(), payment: new Set() },
    messagesMade: 0,
  }
}

/** In the transaction that made it true. */
export function tell(kafka: Kafka, from: ServiceName, type: EventType, order: number): void {
  kafka.outboxes[from].rows.push({ id: ++kafka.messagesMade, type, order })
}
