import { isLive, liveHolds } from './ledger.ts'
import type { World } from './world.ts'

const ENDS = ['paid', 'cancelled', 'refunded']

/** The promise that is broken at this moment, in words; undefined when all hold. */
export function brokenNow(world: World): string | undefined {
  return (
    world.broken ?? unitsOnce(world) ?? limitHolds(world) ?? paidHasUnits(world) ?? finalNo(world)
  )
}

function unitsOnce({ ledger }: World): string | undefined {
  const owner = new Map<number, number>()
  for (const { order, units } of liveHolds(ledger)) {
    for (const unit of units) {
      if (owner.has(unit)) return `P1: u${unit} is o${owner.get(unit)}’s and o${order}’s`
      if (unit < 1 || unit > ledger.stock) return `P1: u${unit} was never for sale`
      owner.set(unit, order)
    }
  }
  return undefined
}

function limitHolds({ ledger, size }: World): string | undefined {
  const units = new Map<number, number>()
  for (const { buyer = 0, units: held } of liveHolds(ledger)) {
    units.set(buyer, (units.get(buyer) ?? 0) + held.length)
  }
  for (const [buyer, count] of units) {
    if (count > size.perBuyer)
      return `P3: buyer ${buyer} has ${count} units, at most ${size.perBuyer}`
  }
  return undefined
}

function paidHasUnits({ orders, ledger }: World): string | undefined {
  for (const [order, { state }] of orders) {
    const hold = ledger.holds.get(order)
    if (state === 'paid' && !(hold && isLive(hold)))
      return `P1: o${order} is paid and holds no units`
  }
  return undefined
}

function finalNo({ attempts, ledger }: World): string | undefined {
  for (const { order, told } of attempts) {
    const hold = ledger.holds.get(order)
    if (told === 'final no' && hold && isLive(hold))
      return `P8: o${order} holds units after the final no`
  }
  return undefined
}

/** When nothing is left to do: the promise that is broken, in words. */
export function brokenAtRest(world: World): string | undefined {
  return brokenNow(world) ?? redisAgrees(world) ?? everyEnd(world) ?? moneyExact(world)
}

/** P2: each unit is live in the ledger or free in Redis, not both; the slots are those of live holds. */
function redisAgrees({ redis, ledger }: World): string | undefined {
  const { memory } = redis
  if (memory.runId !== redis.runId) return 'P2: Redis forgot, and was not rebuilt'
  if (memory.epoch !== ledger.epoch) return 'P2: Redis is at another epoch than the ledger'
  if (memory.stream.length > 0) return 'P2: holds wait in the stream for ever'
  const owners = new Map(
    liveHolds(ledger).flatMap(({ order, units }) => units.map((u) => [u, order])),
  )
  const free = [...memory.free]
  for (let unit = memory.last + 1; unit <= memory.stock; unit++) free.push(unit)
  if (new Set(free).size < free.length) return `P2: a unit is twice free in Redis: ${free}`
  for (let unit = 1; unit <= ledger.stock; unit++) {
    const [isFree, owner] = [free.includes(unit), owners.get(unit)]
    if (isFree && owner !== undefined) return `P2: u${unit} is o${owner}’s and free in Redis`
    if (!isFree && owner === undefined) return `P2: u${unit} is lost: nobody’s, and not for sale`
    if (memory.owners.get(unit) !== owner) return `P2: u${unit} is another order’s in Redis`
  }
  return slotsAgree(memory.slots, ledger)
}

function slotsAgree(slots: Map<string, number>, ledger: World['ledger']): string | undefined {
  const due = new Map<string, number>()
  for (const { buyer, units, slots: filled } of liveHolds(ledger)) {
    units.forEach((unit, i) => void due.set(`${buyer}:${filled[i]}`, unit))
  }
  for (const [name] of slots) if (!due.has(name)) return `P3: the slot ${name} is filled by nobody`
  for (const [name] of due) if (!slots.has(name)) return `P3: the slot ${name} is empty in Redis`
  return undefined
}

/** P4: every yes has an end, and every unknown an answer. */
function everyEnd({ attempts, orders, ledger }: World): string | undefined {
  for (const { order, told, repeats } of attempts) {
    const state = orders.get(repeats ?? order)?.state
    const isYes = told === 'accepted' || (repeats && attempts[repeats - 1]?.told !== 'final no')
    if (isYes && !ENDS.includes(state ?? ''))
      return `P4: o${order} was told yes and is ${state ?? 'nothing'}`
    if (told === 'unconfirmed' || told === 'nothing') return `P4: o${order} never got an answer`
  }
  for (const { order, state } of liveHolds(ledger)) {
    if (state !== 'sold' || orders.get(order)?.state !== 'paid')
      return `P4: o${order} holds units for ever`
  }
  for (const [order, { state }] of orders)
    if (!ENDS.includes(state)) return `P4: o${order} stays ${state}`
  return undefined
}

/** P5: the bank has what was paid, and nothing else. */
function moneyExact({ bank, orders }: World): string | undefined {
  for (const [order, { state, refunded }] of bank) {
    const isKept = state === 'captured' && !refunded
    const { state: end } = orders.get(order) ?? {}
    if (isKept && end !== 'paid') return `P5: o${order} is ${end}, and its money is kept`
    if (!isKept && end === 'paid') return `P5: o${order} is paid, and its money is not there`
  }
  return undefined
}
