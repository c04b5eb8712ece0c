import { type Attempt, lookUp, reserve } from '../redis-stock.ts'
import { type Buying, type LookUp, type Step, type World, work } from '../world.ts'

const ATTEMPTS_MAX = 14
export const ATTEMPT_MS = 20

/** Buyers and the gateway: attempts, their answers, and the look-up of those without one (R9). */
export function buyerSteps(world: World): Step[] {
  const steps = world.attempts.flatMap((attempt) => [
    ...arrivals(world, attempt),
    ...firstLooks(world, attempt),
  ])
  steps.push(...world.lookUps.map((look) => lastLook(world, look)))
  if (world.attempts.length < ATTEMPTS_MAX) steps.push(send(world))
  return steps
}

/** By one of the buyers, some with a key that they have used before. */
function send(world: World): Step {
  const { random, redis, size, attempts } = world
  const order = attempts.length + 1
  return {
    kind: 'wish',
    name: `o${order} is sent`,
    run() {
      const buyer = random.between(1, size.buyers)
      const key = random.chance(0.5) ? `k${random.between(1, 2)}` : undefined
      const attempt: Attempt = {
        order,
        buyer,
        quantity: random.between(1, Math.min(2, size.perBuyer)),
        epoch: redis.memory.epoch,
        deadlineMs: redis.nowMs + ATTEMPT_MS,
        ...(key !== undefined && { key }),
      }
      attempts.push({ ...attempt, told: 'nothing', isUnderWay: true, isFickle: random.chance(0.4) })
    },
  }
}

function arrivals(world: World, attempt: Buying): Step[] {
  if (!attempt.isUnderWay) return []
  const { order } = attempt
  const script = () => reserve(world.redis, attempt, world.off)
  const steps: Step[] = [
    work(world, 'calls', `reserve o${order}, answered`, () => {
      attempt.isUnderWay = false
      answer(world, attempt, script())
    }),
    {
      kind: 'fault',
      crash: 'no answer from Redis',
      name: `reserve o${order}, sent again without an answer`,
      run: script,
    },
    {
      kind: 'fault',
      crash: 'no answer to the buyer',
      name: `reserve o${order}, the gateway has gone`,
      run() {
        attempt.isUnderWay = false
        script()
        if (attempt.told === 'nothing') attempt.told = 'unconfirmed'
      },
    },
  ]
  if (attempt.told === 'nothing') {
    steps.push({
      kind: 'late',
      name: `o${order} is waited for no longer, and still under way`,
      run() {
        attempt.told = 'unconfirmed'
      },
    })
  }
  return steps
}

function answer(world: World, attempt: Buying, reserved: ReturnType<typeof reserve>): void {
  if (attempt.told === 'unconfirmed' || attempt.told === 'final no') return // nobody listens any more
  if (reserved.kind === 'repeated') {
    attempt.repeats = reserved.order
    const first = world.attempts[reserved.order - 1]
    if (first) first.isReceipt = true
  }
  if (reserved.kind === 'held') attempt.told = 'accepted'
  else attempt.told = reserved.kind === 'repeated' ? 'repeated' : 'refused'
}

/** The ledger’s row decides; else Redis, which bars the id where it knows nothing. */
function firstLooks(world: World, attempt: Buying): Step[] {
  const { ledger, redis, lookUps } = world
  const { order } = attempt
  const isAsked = attempt.told === 'unconfirmed' || isLost(world, attempt)
  if (!isAsked || lookUps.some((look) => look.order === order)) return []
  const row = ledger.holds.get(order)
  if (row) {
    const run = () => decide(world, attempt, row.state !== 'refused')
    return [work(world, 'look-ups', `look-up of o${order}: on record`, run)]
  }
  const wanted = { order, deadlineMs: attempt.deadlineMs, epoch: ledger.epoch }
  const isKnown = redis.memory.orders.has(order)
  const helps = isKnown ? attempt.told === 'unconfirmed' : redis.nowMs > attempt.deadlineMs
  if (!(helps && answers(world))) return []
  return [
    work(world, 'look-ups', `look-up of o${order}: asks Redis`, () => {
      const said = lookUp(redis, wanted, world.off)
      if (said === 'held') decide(world, attempt, true)
      if (said === 'absent') lookUps.push({ order, epoch: ledger.epoch })
    }),
  ]
}

/** Away, forgetful or at another epoch: still unconfirmed. */
const answers = ({ redis: { memory, runId }, ledger, off }: World) =>
  (memory.runId === runId || off.has('R1')) && memory.epoch === ledger.epoch

/** Of a yes, or of a wish to cancel (R11), for which there is no order and no hold on record. */
function isLost({ orders, ledger }: World, { order, told, isReceipt }: Buying): boolean {
  const state = orders.get(order)?.state
  const isYes = told === 'accepted' || (isReceipt === true && told !== 'final no')
  const isOpen = state === undefined ? isYes : state === 'cancel-wanted'
  return isOpen && !ledger.holds.has(order)
}

function lastLook(world: World, look: LookUp): Step {
  const { order, epoch } = look
  return work(world, 'look-ups', `look-up of o${order}: reads the ledger`, () => {
    world.lookUps.splice(world.lookUps.indexOf(look), 1)
    const { ledger } = world
    if (ledger.holds.has(order) || ledger.epoch !== epoch) return // asked again
    decide(world, world.attempts[order - 1] as Buying, false)
  })
}

function decide(world: World, attempt: Buying, isHeld: boolean): void {
  if (isHeld && attempt.told === 'unconfirmed') attempt.told = 'accepted'
  if (!isHeld) attempt.told = 'final no'
  if (!isHeld) endWish(world, attempt.order)
}

function endWish(world: World, order: number): void {
  const row = world.orders.get(order)
  const move = world.domain.nextMove(row?.state, 'surely not held')
  if (row && move) row.state = move.to
}
