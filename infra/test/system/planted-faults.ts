import { randomUUID } from 'node:crypto'
import type { Audit } from '@flashsale/contracts/http/audit.ts'
import {
  capture,
  FREED,
  HELD,
  PRICE_MINOR,
  refund,
  type Scene,
  SOLD,
  withdraw,
} from './fault-scene.ts'
import type { Sql } from './sql.ts'

export type Databases = { ledger: Sql; orders: Sql; payments: Sql }
type Lines = Partial<Audit>
export type Fault = {
  what: string
  plant(scene: Scene, databases: Databases): Promise<unknown>
  names: string[]
  lines?: Lines
}

const inRedis: Fault[] = [
  {
    what: 'a sold unit has no owner in Redis',
    plant: ({ redis, keys }) => redis.hdel(keys.units, String(SOLD)),
    names: ['unit-taken-by-nobody'],
    lines: { drift: 1 },
  },
  {
    what: 'a returned unit is gone from the list of free ones',
    plant: ({ redis, keys }) => redis.lpop(keys.free),
    names: ['unit-taken-by-nobody'],
    lines: { drift: 1 },
  },
  {
    what: 'a held unit is free in Redis',
    plant: async ({ redis, keys }) => {
      await redis.hdel(keys.units, String(HELD))
      await redis.rpush(keys.free, HELD)
    },
    names: ['unit-free-and-held'],
    lines: { drift: 1 },
  },
  {
    what: 'a held unit is free and has its owner',
    plant: ({ redis, keys }) => redis.rpush(keys.free, HELD),
    names: ['unit-free-and-held', 'unit-free-and-taken'],
    lines: { drift: 1 },
  },
  {
    what: 'a unit is twice in the list of free ones',
    plant: ({ redis, keys }) => redis.rpush(keys.free, FREED),
    names: ['unit-twice-free'],
    lines: { drift: 1 },
  },
  {
    what: 'units of the stock are not for sale',
    plant: ({ redis, keys }) => redis.hset(keys.sale, 'stock', 4),
    names: ['unit-not-offered'],
    lines: { drift: 2 },
  },
  {
    what: 'a unit is taken by an order that the ledger never heard of',
    plant: async ({ redis, keys }) => {
      await redis.hset(keys.units, FREED, randomUUID())
      await redis.lpop(keys.free)
    },
    names: ['unit-taken-without-row'],
    lines: { drift: 1 },
  },
  {
    what: 'a unit did not come back from an order that ended',
    plant: async ({ redis, keys, freed }) => {
      await redis.hset(keys.units, FREED, freed)
      await redis.lpop(keys.free)
    },
    names: ['unit-taken-by-ended-order'],
    lines: { drift: 1 },
  },
]

const inTheLedger: Fault[] = [
  {
    what: 'the unit of a hold is gone',
    plant: ({ held }, { ledger }) => ledger('delete from hold_units where order_id = $1', [held]),
    names: ['hold-with-wrong-units'],
    lines: { orphans: 1 },
  },
  {
    what: 'a unit is sold twice',
    plant: async ({ held }, { ledger }) => {
      await ledger('drop index hold_units_unit')
      await ledger('update hold_units set unit = $2 where order_id = $1', [held, SOLD])
    },
    names: ['unit-sold-twice', 'units-do-not-add-up'],
    lines: { oversold: 1 },
  },
  {
    what: 'an order has neither unit nor hold',
    plant: async ({ held }, { ledger }) => {
      await ledger('delete from hold_units where order_id = $1', [held])
      await ledger('delete from holds where order_id = $1', [held])
    },
    names: ['order-without-hold', 'unit-taken-without-row'],
    lines: { orphans: 1, drift: 1 },
  },
  {
    what: 'a paid order lost its hold to a release',
    plant: async ({ sold }, { ledger }) => {
      await ledger(`update holds set state = 'released' where order_id = $1`, [sold])
      await ledger('update hold_units set live = false where order_id = $1', [sold])
    },
    names: ['paid-without-live-hold', 'unit-taken-by-ended-order'],
    lines: { orphans: 1, drift: 1 },
  },
  {
    what: 'a buyer is over the limit',
    plant: async ({ held }, { ledger }) => {
      await ledger('drop index hold_units_slot')
      await ledger(`update hold_units set buyer_id = 'ann' where order_id = $1`, [held])
    },
    names: ['buyer-over-limit'],
    lines: { overLimit: 1 },
  },
  {
    what: 'a hold is past its time, long after its order ended',
    plant: ({ sold }, { ledger }) =>
      ledger(
        `update holds set state = 'held', held_at = now() - interval '1 day' where order_id = $1`,
        [sold],
      ),
    names: ['hold-overdue'],
    lines: { overdue: 1 },
  },
  {
    what: 'a unit is none of the stock',
    plant: ({ held }, { ledger }) =>
      ledger('update hold_units set unit = 99 where order_id = $1', [held]),
    names: ['unit-outside-stock'],
  },
  {
    what: 'a held unit is withdrawn',
    plant: ({ sale }, { ledger }) => withdraw(ledger, sale.id, HELD),
    names: ['unit-held-and-withdrawn'],
  },
  {
    what: 'a withdrawn unit is free in Redis',
    plant: ({ sale }, { ledger }) => withdraw(ledger, sale.id, FREED),
    names: ['unit-free-and-withdrawn'],
    lines: { drift: 1 },
  },
]
const inOrdersAndMoney: Fault[] = [
  {
    what: 'an order is past its time, and no sweeper ends it',
    plant: async ({ held }, { orders }) => {
      await orders(
        `create function keep() returns trigger language plpgsql as 'begin return null; end'`,
      )
      await orders(`create trigger keep before update of state on orders
                    for each row when (new.state <> old.state) execute function keep()`)
      await orders(`update orders set pay_by = now() - interval '1 day' where id = $1`, [held])
    },
    names: ['order-overdue'],
    lines: { overdue: 1 },
  },
  {
    what: 'money was captured without an order',
    plant: ({ sale }, { payments }) => capture(payments, sale.id, randomUUID()),
    names: ['capture-without-order'],
  },
  {
    what: 'an order did not see its money for two minutes',
    plant: ({ sale, held }, { payments }) => capture(payments, sale.id, held, 120),
    names: ['capture-unsettled'],
    lines: { unsettledPayments: 1 },
  },
  {
    what: 'money was captured twice for one order',
    plant: async ({ sale, sold }, { payments }) => {
      await payments('alter table payments drop constraint payments_order_id_key')
      await capture(payments, sale.id, sold)
    },
    names: ['order-captured-twice'],
  },
  {
    what: 'a paid order has no money',
    plant: ({ sold }, { payments }) => payments('delete from payments where order_id = $1', [sold]),
    names: ['order-without-capture'],
  },
  {
    what: 'a paid order has a cent too little',
    plant: ({ sold }, { payments }) =>
      payments('update payments set captured_minor = captured_minor - 1 where order_id = $1', [
        sold,
      ]),
    names: ['paid-wrong-amount'],
  },
  {
    what: 'a paid order has its money back',
    plant: ({ sold }, { payments }) => refund(payments, sold),
    names: ['paid-and-refunded'],
  },
  {
    what: 'late money went back a cent short',
    plant: async ({ sale, freed }, { payments }) => {
      await capture(payments, sale.id, freed)
      await refund(payments, freed, PRICE_MINOR - 1)
    },
    names: ['refunded-wrong-amount'],
  },
]

export const faults = [...inRedis, ...inTheLedger, ...inOrdersAndMoney]
