import { tell } from '../kafka.ts'
import { release } from '../ledger.ts'
import { type Buying, type Step, saw, type World } from '../world.ts'

const PAY_WITHIN_MS = 40

/** The order service: its row is the only judge (R11), by its own table of states. */
export function orderSteps(world: World): Step[] {
  return [...world.attempts.flatMap((one) => cancelSteps(world, one)), ...sweeps(world)]
}

function cancelSteps(world: World, { order, told, isFickle }: Buying): Step[] {
  if (!isFickle) return []
  const { state } = world.orders.get(order) ?? {}
  const canBe =
    state === undefined ? told === 'accepted' || told === 'unconfirmed' : isPending(state)
  if (!canBe) return []
  const run = () => takeInput(world, order, 'cancelled by buyer')
  return [{ kind: 'wish', name: `o${order} is cancelled by its buyer`, run }]
}

/** Unpaid when its time is over. */
function sweeps(world: World): Step[] {
  return [...world.orders].flatMap(([order, { state, payBy }]): Step[] => {
    if (!isPending(state) || world.redis.nowMs <= payBy) return []
    const run = () => takeInput(world, order, 'timed out')
    const sweep: Step = { kind: 'work', name: `o${order} is out of time`, run }
    return world.off.has('R11') ? [sweep, inventoryJudges(world, order)] : [sweep]
  })
}

/** With R11 switched off: inventory lets a hold go whose time is over, and asks nobody. */
function inventoryJudges(world: World, order: number): Step {
  const run = () => void release(world.ledger, order, world.off)
  return { kind: 'work', name: `inventory lets the units of o${order} go`, run }
}

const isPending = (state: string) => state === 'pending-payment'

/** In one transaction: the row moves as the table says, and what others are told of it. */
export function takeInput(world: World, order: number, input: string): void {
  const row = world.orders.get(order)
  const move = world.domain.nextMove(row?.state, input)
  if (!move) return
  if (input === 'captured' && move.to === 'refunding') saw(world, 'money after the cancel')
  const payBy = row?.payBy ?? world.redis.nowMs + PAY_WITHIN_MS
  world.orders.set(order, { state: move.to, payBy })
  for (const what of move.tells) tell(world.kafka, 'order', eventOf[what as Tells], order)
}

type Tells = 'paid' | 'cancelled' | 'refund-wanted'
const eventOf = {
  paid: 'order.paid',
  cancelled: 'order.cancelled',
  'refund-wanted': 'order.refund-wanted',
} as const
