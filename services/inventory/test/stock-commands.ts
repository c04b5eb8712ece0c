import fc from 'fast-check'

/** What the test of the simulated stock does to both stocks, the simulated one and the real one. */
export type Command =
  | ({ does: 'reserve' } & Wanted)
  | { does: 'reserve a copy' | 'look up' | 'sell' | 'release' | 'record from memory'; of: number }
  | { does: 'record'; count: number }
  | ({ does: 'record another' } & Forged)
  | { does: 'give back' | 'forget' | 'lose all' | 'rebuild' }

export type Wanted = {
  buyer: number
  quantity: number
  key?: string
  /** It was stamped with the epoch before. */
  isOld: boolean
  /** Its deadline has passed. */
  isLate: boolean
}
/** An entry that no script wrote: the ledger has to refuse what is not there to be had (R5). */
export type Forged = { buyer: number; unit: number; slot: number }

/** Orders are numbered from 1 in the order of the commands that made them. */
export type Stock = {
  reserve(order: number, wanted: Wanted): Promise<string>
  reserveCopy(order: number): Promise<string>
  lookUp(order: number): Promise<string>
  sell(order: number): Promise<void>
  release(order: number): Promise<void>
  /** The oldest entries of the stream, and their acknowledgement. */
  record(count: number): Promise<void>
  /** Any entry that was ever in the stream: a writer may have kept it. */
  recordFromMemory(nth: number): Promise<void>
  recordForged(order: number, forged: Forged): Promise<void>
  /** What is owed of the order with the lowest number. */
  giveBack(): Promise<string>
  forget(): Promise<void>
  loseAll(): Promise<void>
  rebuild(): Promise<void>
  /** All that both know, in the same shape. */
  read(): Promise<StockRead>
}

export type StockRead = {
  redis: {
    epoch: number
    remembers: boolean
    last: number
    free: number[]
    owners: [number, number][]
    slots: [string, number][]
    orders: number[]
    keys: [string, number][]
    stream: { order: number; buyer: number; units: number[]; slots: number[]; epoch: number }[]
  }
  ledger: {
    epoch: number
    heldBack: boolean
    holds: { order: number; state: string; cause: string; units: number[]; epoch: number }[]
    returns: { order: number; unit: number; slot: number; done: boolean }[]
    events: string[]
  }
}

/** Plays one command; what it was answered, if anything. `made`: orders made until now. */
export async function play(stock: Stock, command: Command, made: number): Promise<string> {
  const order = 'of' in command ? (command.of % made) + 1 : made + 1
  const done = async (work: Promise<void>) => {
    await work
    return 'done'
  }
  switch (command.does) {
    case 'reserve':
      return await stock.reserve(order, command)
    case 'reserve a copy':
      return await stock.reserveCopy(order)
    case 'look up':
      return await stock.lookUp(order)
    case 'sell':
      return await done(stock.sell(order))
    case 'release':
      return await done(stock.release(order))
    case 'record':
      return await done(stock.record(command.count))
    case 'record from memory':
      return await done(stock.recordFromMemory(command.of))
    case 'record another':
      return await done(stock.recordForged(order, command))
    case 'give back':
      return await stock.giveBack()
    case 'forget':
      return await done(stock.forget())
    case 'lose all':
      return await done(stock.loseAll())
    case 'rebuild':
      return await done(stock.rebuild())
  }
}

const buyer = fc.integer({ min: 1, max: 3 })
const seldom = fc.nat({ max: 9 }).map((n) => n === 0)
const reserve: fc.Arbitrary<Command> = fc
  .record(
    {
      buyer,
      quantity: fc.integer({ min: 1, max: 2 }),
      key: fc.constantFrom('a', 'b'),
      isOld: seldom,
      isLate: seldom,
    },
    { requiredKeys: ['buyer', 'quantity', 'isOld', 'isLate'] },
  )
  .map((wanted) => ({ does: 'reserve', ...wanted }))
const record: fc.Arbitrary<Command> = fc
  .integer({ min: 1, max: 3 })
  .map((count) => ({ does: 'record', count }))
const forge: fc.Arbitrary<Command> = fc
  .record({ buyer, unit: fc.integer({ min: 1, max: 5 }), slot: fc.integer({ min: 1, max: 2 }) })
  .map((forged) => ({ does: 'record another', ...forged }))
const ofOne = (does: Extract<Command, { of: number }>['does']): fc.Arbitrary<Command> =>
  fc.nat({ max: 40 }).map((of) => ({ does, of }))
const plain = (does: 'give back' | 'forget' | 'lose all' | 'rebuild'): fc.Arbitrary<Command> =>
  fc.constant({ does })
const often = (weight: number, arbitrary: fc.Arbitrary<Command>) => ({ weight, arbitrary })

export const someCommands = fc.array(
  fc.oneof(
    often(9, reserve),
    often(6, record),
    often(1, forge),
    often(2, ofOne('reserve a copy')),
    often(2, ofOne('look up')),
    often(2, ofOne('sell')),
    often(5, ofOne('release')),
    often(5, ofOne('record from memory')),
    often(5, plain('give back')),
    often(1, plain('forget')),
    often(2, plain('lose all')),
    often(4, plain('rebuild')),
  ),
  { minLength: 15, maxLength: 40, size: 'max' },
)
