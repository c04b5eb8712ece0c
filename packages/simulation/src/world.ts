import { type Crash, crashNames } from './crashes.ts'
import { type Kafka, newKafka } from './kafka.ts'
import { type Ledger, newLedger, type Return } from './ledger.ts'
import type { Random } from './random.ts'
import {
  type Attempt,
  newStock,
  type RedisServer,
  type RedisStock,
  type Snapshot,
  type StockEntry,
} from './redis-stock.ts'
import type { Off } from './rules.ts'

/** The order service’s own table of states (services/order/src/domain), which is played as it is. */
export type NextMove = (
  state: string | undefined,
  input: string,
) => { to: string; tells: readonly string[] } | undefined
/** The payment service’s own: from which states a word of the bank leads where. */
export type MoveOn = (word: BankWord) => { from: readonly string[]; to: string }
export type Domain = { nextMove: NextMove; moveOn: MoveOn }
export type BankWord = 'captured' | 'declined' | 'expired'

/** What a buyer was told of an attempt. */
export type Told = 'nothing' | 'accepted' | 'repeated' | 'unconfirmed' | 'refused' | 'final no'
export type Buying = Attempt & {
  told: Told
  /** Its call may still arrive. */
  isUnderWay: boolean
  /** The order that it was told it had before. */
  repeats?: number
  /** Another attempt was told that it repeats this one. */
  isReceipt?: boolean
  /** Its buyer may cancel. */
  isFickle: boolean
}
export type Order = { state: string; payBy: number }
export type Payment = { state: string; word?: BankWord; refund?: 'wanted' | 'sent' | 'told' }
/** At the bank. `callbacks`: how many it has still to make; `refunded`: once, however often it is asked. */
export type Checkout = { state: 'open' | BankWord; callbacks: number; refunded: boolean }

export type Writer = { entries: StockEntry[]; isCommitted: boolean } | undefined
export type Returner = { row: Return; epoch: number; isBack: boolean } | undefined
export type Rebuild =
  | { step: 'refused' | 'drained'; from: number; runId: number; mark: number }
  | { step: 'raised'; epoch: number; runId: number; mark: number }
  | { step: 'read'; epoch: number; runId: number; mark: number; snapshot: Snapshot }
/** Redis was asked at this epoch and knew nothing; the ledger is still to be. */
export type LookUp = { order: number; epoch: number }

export type Size = {
  buyers: number
  stock: number
  perBuyer: number
  steps: number
  faults: number
  timeShare: number
  wishShare: number
  tickMs: number
  crashes: number
}

const parts = [
  'calls',
  'look-ups',
  'writers',
  'returners',
  'rebuilds',
  'relays',
  'consumers',
  'payments',
] as const
export type Part = (typeof parts)[number]

export type World = {
  size: Size
  off: Off
  domain: Domain
  random: Random
  redis: RedisServer
  disk: RedisStock
  serversStarted: number
  ledger: Ledger
  kafka: Kafka
  attempts: Buying[]
  lookUps: LookUp[]
  writers: Writer[]
  returners: Returner[]
  /** Of `R6b` switched off: what is to go back, and on no record. */
  unrecorded: Return[]
  rebuilds: (Rebuild | undefined)[]
  rebuildsBegun: number
  orders: Map<number, Order>
  payments: Map<number, Payment>
  bank: Map<number, Checkout>
  /** Of this sale: each sale has some of them only, else the loudest would hide the others. */
  faults: ReadonlySet<Crash>
  faultsLeft: number
  /** Parts whose work is seldom done in this sale; none is once it comes to rest. */
  slow: ReadonlySet<Part>
  seen: Map<Crash, number>
  /** The first promise that was seen broken. */
  broken: string | undefined
}

/** A sale that is open, with all its units free. */
export function newWorld(size: Size, domain: Domain, random: Random, off: Off): World {
  const redis: RedisServer = { runId: 1, nowMs: 1_000, memory: newStock(size) }
  Object.assign(redis.memory, { epoch: 1, runId: 1 })
  return {
    size,
    off,
    domain,
    random,
    redis,
    disk: structuredClone(redis.memory),
    serversStarted: 1,
    ledger: { ...newLedger(size.stock), epoch: 1 },
    kafka: newKafka(),
    attempts: [],
    lookUps: [],
    writers: [undefined, undefined],
    returners: [undefined, undefined],
    unrecorded: [],
    rebuilds: [undefined, undefined],
    rebuildsBegun: 0,
    orders: new Map(),
    payments: new Map(),
    bank: new Map(),
    faults: new Set(random.shuffle(crashNames).slice(0, size.crashes)),
    faultsLeft: size.faults,
    slow: new Set(parts.filter(() => random.chance(0.3))),
    seen: new Map(),
    broken: undefined,
  }
}

export function saw(world: World, crash: Crash): void {
  world.seen.set(crash, (world.seen.get(crash) ?? 0) + 1)
}

export function breaks(world: World, promise: string): void {
  world.broken ??= promise
}

/**
 * One effect. `work` is what the system does by itself until nothing is left to do, `late` is work
 * that is slow in this sale, `wish` is a buyer’s, `time` passes, and `fault` is what strikes it.
 */
export type Step = { name: string; run: () => void } & (
  | { kind: 'work' | 'wish' | 'late' | 'time' }
  | { kind: 'fault'; crash: Crash }
)

/** The next thing that a part of the system does by itself. */
export function work({ slow }: World, part: Part, name: string, run: () => void): Step {
  return { kind: slow.has(part) ? 'late' : 'work', name, run }
}
