import type { Message, ServiceName } from '../kafka.ts'
import { release, sell } from '../ledger.ts'
import { breaks, type Payment, type Step, type World, work } from '../world.ts'
import { takeInput } from './orders.ts'

/** Relays and consumers: published at least once, and what comes is handled once (P6). */
export function eventSteps(world: World): Step[] {
  if (world.kafka.isAway) return []
  return [...relaySteps(world), ...consumerSteps(world)]
}

function relaySteps(world: World): Step[] {
  const { outboxes, topics } = world.kafka
  return (Object.keys(outboxes) as ServiceName[]).flatMap((service): Step[] => {
    const outbox = outboxes[service]
    const row = outbox.rows[outbox.published]
    const steps: Step[] = []
    if (row) {
      const publish = () => {
        topics[service].push(row)
        outbox.published++
      }
      steps.push(work(world, 'relays', `${service} publishes ${told(row)}`, publish))
    }
    if (outbox.marked < outbox.published) {
      const mark = () => {
        outbox.marked = outbox.published
      }
      const ends = () => {
        outbox.published = outbox.marked
      }
      steps.push(work(world, 'relays', `${service} marks what it published`, mark))
      steps.push({
        kind: 'fault',
        crash: 'published, not marked',
        name: `the relay of ${service} ends`,
        run: ends,
      })
    }
    return steps
  })
}

function consumerSteps(world: World): Step[] {
  return world.kafka.places.flatMap(({ reader, topic, place }): Step[] => {
    const message = world.kafka.topics[topic][place.at]
    const steps: Step[] = []
    const who = `${reader}, reader of ${topic}`
    if (message) {
      const consume = () => {
        handleOnce(world, reader, message)
        place.at++
      }
      steps.push(work(world, 'consumers', `${who}, takes ${told(message)}`, consume))
    }
    if (place.committed < place.at) {
      const commit = () => {
        place.committed = place.at
      }
      const ends = () => {
        place.at = place.committed
      }
      steps.push(work(world, 'consumers', `${who}, commits its offset`, commit))
      steps.push({
        kind: 'fault',
        crash: 'consumed, offset not committed',
        name: `${who}, ends`,
        run: ends,
      })
    }
    return steps
  })
}

const told = ({ type, order }: Message) => `${type} of o${order}`

/** The inbox and what the event does, in one transaction. */
function handleOnce(world: World, reader: ServiceName, message: Message): void {
  const inbox = world.kafka.inboxes[reader]
  if (inbox.has(message.id)) return
  inbox.add(message.id)
  handle[reader](world, message)
}

const inputOf: Partial<Record<Message['type'], string>> = {
  'stock.held': 'held',
  'stock.not-recorded': 'not recorded',
  'payment.captured': 'captured',
  'payment.declined': 'declined',
  'payment.refunded': 'refund done',
}

const handle: Record<ServiceName, (world: World, message: Message) => void> = {
  order(world, { type, order }) {
    const input = inputOf[type]
    if (input) takeInput(world, order, input)
  },
  inventory(world, { type, order }) {
    if (type === 'order.paid' && !sell(world.ledger, order)) {
      breaks(world, `P1: o${order} is paid and holds no units`)
    }
    if (type !== 'order.cancelled') return
    const owed = release(world.ledger, order, world.off)
    if (world.off.has('R6b')) world.unrecorded.push(...owed)
  },
  payment(world, { type, order }) {
    if (type === 'order.refund-wanted') (world.payments.get(order) as Payment).refund ??= 'wanted'
  },
}
