import type { Action } from './actions.ts'

type Notes = Partial<Record<Action, string>>

const BUY = ['buy, without a key', 'buy, with a key'] as const
const AUDIT = 'audit a sale (operator)'
const CREATE = 'create a sale (operator)'
const CALLBACK = "take the bank's callback"

const ofBuying = (note: string): Notes => Object.fromEntries(BUY.map((action) => [action, note]))
const byRow = "only the order's row says whether it was paid or cancelled meanwhile"
const ofOrders = (note: string): Notes => ({
  'read what was just bought': note,
  'read an order': note,
  'list orders': note,
  'cancel an order': note,
  'open the payment page': note,
  'open it again': note,
})
const wholeBooks = 'books are told whole or not at all'
const calledAgain = 'it is not on disk, so it is not taken; the bank calls again'

/** Why an answer is not that of a calm day, or what of it comes later, by what is away. */
const notes: Record<string, Notes> = {
  inventory: {
    'read the sale': "from the gateway's memory",
    ...ofBuying('units are taken by inventory alone: stock fails closed'),
    'repeat a purchase with its key': 'which order a key stands for is known there',
    'cancel an order': 'its units go back when inventory is there',
    [CREATE]: 'inventory keeps the sales',
    [AUDIT]: 'inventory reads the books',
  },
  order: {
    ...ofBuying('the hold waits in Kafka for its order; the time to pay begins with the order'),
    ...ofOrders(byRow),
    [CALLBACK]: 'stored and settled; the order hears of it when it is there',
    [AUDIT]: wholeBooks,
  },
  payment: {
    'open the payment page': 'payment opens it at the bank',
    'open it again': 'payment knows its address',
    [CALLBACK]: calledAgain,
    [AUDIT]: wholeBooks,
  },
  bank: {
    'open the payment page': 'the bank makes it',
    'open it again': 'its address is kept',
  },
  Redis: {
    'read the sale': "from the gateway's memory",
    ...ofBuying('units are taken there: stock fails closed, nothing is sold from memory'),
    'repeat a purchase with its key': 'which order a key stands for is asked there',
    'cancel an order': 'its units go back when Redis is there',
    [CREATE]: 'its stock can not be loaded, so it stays a draft',
    [AUDIT]: wholeBooks,
  },
  Postgres: {
    'read the sale': "from the gateway's memory",
    ...ofBuying(
      'taken in Redis, recorded when Postgres is there; what ten seconds are worth can wait, 50,000 at most, then `503`',
    ),
    'repeat a purchase with its key': 'Redis knows the key',
    ...ofOrders(byRow),
    [CALLBACK]: calledAgain,
    [CREATE]: 'it would not be on record',
    [AUDIT]: wholeBooks,
  },
  Kafka: {
    ...ofBuying('held and on record; its order is made when Kafka is there'),
    'read what was just bought': 'its hold is known, its order comes with Kafka',
    'cancel an order': 'its units go back when Kafka is there',
    [CALLBACK]: 'stored, and settled when Kafka is there',
  },
}

export const noteOf = (scene: string, action: Action): string => notes[scene]?.[action] ?? ''
