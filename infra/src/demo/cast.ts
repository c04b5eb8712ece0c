import { createRandom, type Random } from '@flashsale/simulation/random.ts'
import { UsageError } from '../plain-error.ts'
import { type Plan, plans, type Way } from './behaviours.ts'

export type Buyer = {
  name: string
  /** The front row has its answers before the crowd pushes in. */
  row: 'front' | 'crowd'
  way: Way
  plan: Plan
  quantity: 1 | 2
  /** From the opening on; the sale does not wait for anybody. */
  arrivesMs: number
  /** Between the 202 and what the plan says. */
  thinksMs: number
  /** What a refused buyer waits for; `only-restock` has not even asked before it. */
  waitsFor: 'nothing' | 'returns' | 'restock' | 'only-restock'
}
export type Cast = {
  buyers: Buyer[]
  stock: number
  restock: number
  withdraw: number
}
type Sizes = { stock: number; buyers: number; seed: number }

export const buyersMin = 60
export const rushMs = 8_000
export const priceMinor = 100
export const perBuyerLimit = 2
export const paymentWindowSeconds = 6
const thinkMs = { least: 300, most: 2_000 }
const frontRowMs = { first: 60, last: 220 }
const crowdFromMs = 260
const earlyMs = { first: -1_200, last: -400 }
const botsEveryMs = 900
const botsMax = 3
const buyersPerUnitMin = 2 // the crowd must want more than there is, else nothing sells out

const withUnits: Way[] = ['no-key', 'double-click', 'lost-answer', 'two-devices', 'other-body']
const withoutUnits: Way[] = ['too-early', 'no-token', 'malformed', 'bot']
const ask: Partial<Record<Way, number>> = {
  plain: 70,
  'no-key': 8,
  'double-click': 7,
  'lost-answer': 4,
  'two-devices': 4,
  'other-body': 2,
  'too-early': 2,
  'no-token': 1.5,
  malformed: 1.5,
}
const end: Record<Plan, number> = {
  pay: 64,
  'bank-copies': 4,
  'bank-delayed': 3,
  'bank-never-calls': 3,
  'bank-bad-signature': 2,
  'wrong-amount': 3,
  declined: 4,
  cancel: 5,
  abandon: 8,
  'pay-late': 4,
}

/**
 * Who plays, the same for the same seed and sizes. A front row has each behaviour that needs units,
 * the crowd behind it is drawn by weight. Fails when the sizes leave no room for each behaviour.
 */
export function castOf({ stock, buyers: count, seed }: Sizes): Cast {
  if (count < buyersMin) {
    throw new UsageError(`--buyers ${count} is too small: ${buyersMin} show each behaviour`)
  }
  if (count < stock * buyersPerUnitMin) {
    throw new UsageError(
      `--buyers ${count} is too small: ${stock} units sell out with ${stock * buyersPerUnitMin}`,
    )
  }
  const random = createRandom(seed)
  const each = Math.max(1, Math.min(5, Math.floor(Math.min(stock / 40, count / buyersMin))))
  const front = frontRow(random, each)
  const stockMin = unitsWanted(front) + 3
  if (stock < stockMin) {
    throw new UsageError(`--stock ${stock} is too small: ${stockMin} units show each behaviour`)
  }
  const outside = withoutUnits.flatMap((way) => {
    return repeat(
      way === 'bot' ? Math.min(each, botsMax) : each,
      (): Role => ({ way, ...someone(random) }),
    )
  })
  const withdraw = Math.max(1, Math.min(3, Math.floor(stock / 100)))
  const late = repeat(withdraw + 2, () => lateAbandoner(random))
  const others = count - front.length - outside.length - late.length
  const crowd = repeat(others, (): Role => ({ way: random.pick(ask), ...someone(random) }))
  const patience = Math.max(1.2 * stock, 40) / count
  const behind = random.shuffle([...outside, ...late, ...crowd]).map((role) => ({
    ...role,
    row: 'crowd' as const,
    arrivesMs: arrival(random, role.way),
    waitsFor: role.waitsFor ?? patienceOf(random, patience),
  }))

  const buyers = [...front, ...behind].map((role, index) => ({ name: `U-${index + 1}`, ...role }))
  return { buyers, stock, restock: Math.max(5, Math.round(stock / 5)), withdraw }
}

type Role = Omit<Buyer, 'name' | 'row' | 'arrivesMs' | 'waitsFor'> & {
  waitsFor?: Buyer['waitsFor']
}

function frontRow(random: Random, each: number): Omit<Buyer, 'name'>[] {
  const roles = repeat(each, (): Role[] => [
    ...withUnits.map((way) => ({ ...someone(random), way, plan: 'pay', quantity: 1 }) as const),
    ...(Object.keys(plans) as Plan[]).map((plan) => ({
      ...someone(random),
      way: 'plain' as const,
      plan,
      quantity: plan === 'pay' ? (2 as const) : (1 as const),
    })),
  ]).flat()
  return random.shuffle(roles).map((role) => ({
    ...role,
    row: 'front' as const,
    arrivesMs: random.between(frontRowMs.first, frontRowMs.last),
    waitsFor: 'nothing' as const,
  }))
}

function someone(random: Random) {
  const quantity: 1 | 2 = random.chance(0.15) ? 2 : 1
  return { plan: random.pick(end), quantity, thinksMs: random.between(thinkMs.least, thinkMs.most) }
}

/** First in line at the restock, and never pays: the operator withdraws what so comes back last. */
function lateAbandoner(random: Random): Role {
  const waitsFor = 'only-restock' as const
  return { ...someone(random), way: 'plain', plan: 'abandon', quantity: 1, waitsFor }
}

function patienceOf(random: Random, probability: number): Buyer['waitsFor'] {
  if (!random.chance(probability)) return 'nothing'
  return random.chance(0.3) ? 'restock' : 'returns'
}

/** Half of the crowd comes in the first quarter of the rush. */
function arrival(random: Random, way: Way): number {
  if (way === 'too-early') return random.between(earlyMs.first, earlyMs.last)
  if (way === 'bot') return botsEveryMs * random.between(1, botsMax)
  return Math.round(crowdFromMs + (rushMs - crowdFromMs) * random.next() ** 2)
}

function unitsWanted(buyers: Pick<Buyer, 'way' | 'quantity'>[]): number {
  return buyers.reduce((sum, { way, quantity }) => {
    return sum + (way === 'two-devices' ? perBuyerLimit : quantity)
  }, 0)
}

function repeat<T>(times: number, make: () => T): T[] {
  return Array.from({ length: times }, make)
}
