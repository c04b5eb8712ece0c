import type { Attempt } from '@flashsale/contracts/http/inventory.ts'
import { BuyerId, type OrderId } from '@flashsale/contracts/ids.ts'
import { createOrderIds } from '@flashsale/contracts/order-id.ts'
import { markSold } from '../src/db/holds.ts'
import { barHolds, markReturned, readOpenReturns, releaseHolds } from '../src/db/returns.ts'
import type { Segment, SegmentAt } from '../src/domain/segment.ts'
import type { HoldEntry } from '../src/domain/stock-entry.ts'
import { recordEntries } from '../src/ledger/record-entries.ts'
import { rebuildSegment } from '../src/rebuild/rebuild-segment.ts'
import { acknowledge } from '../src/redis/acknowledge.ts'
import { lookUp } from '../src/redis/look-up.ts'
import { readStock } from '../src/redis/read-stock.ts'
import { reserve } from '../src/redis/reserve.ts'
import { returnUnits } from '../src/redis/return-units.ts'
import { saleKeys } from '../src/redis/sale-keys.ts'
import { createSale } from '../src/stock/change-sale.ts'
import { quiet, salePlan, type testInventory } from './sale.ts'
import type { Stock, Wanted } from './stock-commands.ts'
import { inRedis, isHold, readBooks, readRedis, readSegment } from './stock-read.ts'

const A_MINUTE_MS = 60_000
const RETURNS_MAX = 10_000 // of all sales that this test made
const ids = createOrderIds('a secret for the tests of the simulated stock')
const buyerOf = (buyer: number) => BuyerId.parse(`B${buyer}`)

type Inventory = Awaited<ReturnType<typeof testInventory>>

type Real = {
  db: Inventory['db']
  redis: Inventory['redis']
  segment: Segment
  /** Order id → number. */
  numbers: Map<string, number>
  attempts: Map<number, Attempt>
  /** Every entry there ever was. */
  entries: HoldEntry[]
}

/** A sale of its own in Redis and Postgres, played by hand through inventory's own functions. */
export async function stockReal(
  { db, redis, deps }: Inventory,
  size: { stock: number; perBuyer: number },
): Promise<Stock> {
  const plan = salePlan({ stock: size.stock, perBuyerLimit: size.perBuyer })
  const created = await createSale(deps, plan)
  if (created.kind !== 'created') throw new Error('no sale')
  const segment = { saleId: created.id, segment: 0 }
  const numbers = new Map<string, number>()
  const real: Real = { db, redis, segment, numbers, attempts: new Map(), entries: [] }
  return {
    ...gate(real),
    ...ledgerOf(real),
    ...losses(real),
    giveBack: () => giveBack(real),
    async read() {
      const ledger = await readBooks(db, segment.saleId, numbers)
      return { redis: await readRedis(redis, segment, numbers), ledger }
    },
  }
}

type Some<Name extends keyof Stock> = Pick<Stock, Name>

const atInUse = async ({ redis, segment }: Real): Promise<SegmentAt> => {
  return { ...segment, epoch: await inRedis(redis, segment) }
}

function gate(real: Real): Some<'reserve' | 'reserveCopy' | 'lookUp'> {
  const { redis, segment, numbers, attempts, entries } = real
  const ask = async (attempt: Attempt | undefined) => {
    if (!attempt) return 'no such attempt'
    const at = await atInUse(real)
    const said = await reserve(redis, at, [attempt])
    const known = new Set(entries.map(({ id, epoch }) => `${epoch} ${id}`))
    const inStream = (await readStock(redis, at)).entries.filter(isHold)
    entries.push(...inStream.filter(({ id, epoch }) => !known.has(`${epoch} ${id}`)))
    return said.kind === 'done' ? (said.results[0]?.kind ?? 'nothing') : said.kind
  }
  return {
    async reserve(order, wanted) {
      const attempt = attemptOf(wanted, segment.saleId, await inRedis(redis, segment))
      numbers.set(attempt.orderId, order)
      attempts.set(order, attempt)
      return await ask(attempt)
    },
    reserveCopy: (order) => ask(attempts.get(order)),
    async lookUp(order) {
      const attempt = attempts.get(order)
      if (!attempt) return 'no such attempt'
      return (await lookUp(redis, await atInUse(real), attempt.orderId)).kind
    },
  }
}

function ledgerOf(
  real: Real,
): Some<'sell' | 'release' | 'record' | 'recordFromMemory' | 'recordForged'> {
  const { db, redis, segment } = real
  const write = (entries: HoldEntry[]) => recordEntries({ db, log: quiet }, segment, entries)
  return {
    sell: async (order) => void (await db.tx((tx) => markSold(tx, [idOf(real, order)]))),
    async release(order) {
      const orderId = idOf(real, order)
      await db.tx(async (tx) => {
        await barHolds(tx, [{ orderId, saleId: segment.saleId }])
        await releaseHolds(tx, [orderId])
      })
    },
    async record(count) {
      const at = await atInUse(real)
      const { entries } = await readStock(redis, at)
      const some = entries.filter(isHold).slice(0, count)
      if (some.length === 0) return
      const ids = some.map(({ id }) => id)
      await write(some)
      await acknowledge(redis, at, ids)
    },
    async recordFromMemory(nth) {
      const entry = real.entries[nth % real.entries.length]
      if (entry) await write([entry])
    },
    async recordForged(order, { buyer, unit, slot }) {
      const { epoch } = await readSegment(db, segment.saleId)
      const facts = { kind: 'hold', id: '1-0', key: '', fingerprint: 'f' } as const
      const who = { orderId: idOf(real, order), buyerId: buyerOf(buyer) }
      await write([{ ...facts, ...who, epoch, held: [{ unit, slot }] }])
    },
  }
}

/** That of its attempt, else one that is made now. */
function idOf({ numbers }: Real, order: number): OrderId {
  for (const [id, number] of numbers) if (number === order) return id as OrderId
  const id = ids.next(buyerOf(1), Date.now() + A_MINUTE_MS)
  numbers.set(id, order)
  return id
}

async function giveBack({ db, redis, segment, numbers }: Real): Promise<string> {
  const number = (id: string) => numbers.get(id) ?? 0
  const [first] = (await readOpenReturns(db, RETURNS_MAX, []))
    .filter(({ saleId }) => saleId === segment.saleId)
    .toSorted((a, b) => number(a.orderId) - number(b.orderId))
  if (!first) return 'nothing to give back'
  const held = first.held.toSorted((a, b) => a.unit - b.unit)
  const said = await returnUnits(redis, { ...first, held })
  if (said.kind === 'returned') await markReturned(db, [first])
  return 'count' in said ? `returned ${said.count}` : said.kind
}

function losses(real: Real): Some<'forget' | 'loseAll' | 'rebuild'> {
  const { db, redis, segment } = real
  return {
    async forget() {
      const { sale } = saleKeys({ ...segment, epoch: 0 })
      if (await redis.exists(sale)) await redis.hset(sale, 'run_id', 'the-server-before')
    },
    async loseAll() {
      await redis.unlink(...Object.values(saleKeys(await atInUse(real))))
    },
    rebuild: async () => void (await rebuildSegment({ db, redis, log: quiet }, segment)),
  }
}

function attemptOf(
  { buyer, quantity, key, isOld, isLate }: Wanted,
  saleId: SegmentAt['saleId'],
  epoch: number,
): Attempt {
  const buyerId = buyerOf(buyer)
  const deadlineMs = Date.now() + (isLate ? -A_MINUTE_MS : A_MINUTE_MS)
  return {
    orderId: ids.next(buyerId, deadlineMs),
    saleId,
    buyerId,
    quantity,
    fingerprint: 'f',
    epoch: epoch - (isOld ? 1 : 0),
    ...(key !== undefined && { key }),
  }
}
