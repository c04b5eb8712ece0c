import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { request } from '@flashsale/test-kit/http.ts'
import { type System, startSystem } from '@flashsale/test-kit/system.ts'
import { type Recovery, recoverLedger } from '../../src/recover/recover-ledger.ts'
import { bankStatement } from './auditor.ts'
import type { Receipt } from './buyer.ts'
import { openSale, outcome, type Sale } from './sale.ts'
import { rememberDatabases } from './set-back.ts'
import { connectSql, holdFence } from './sql.ts'

const DATABASES = ['inventory', 'order', 'payment'] as const
const LEFT_TO_BUY = 3

test('a ledger set back behind Redis, Kafka and the bank is held, won back, and exact', async (t) => {
  const system = await startSystem(t)
  const sale = await openSale(system, { stock: 30, perBuyerLimit: 2 })
  const before = await someBuyers(sale, 'early')
  const databases = await rememberDatabases(t, system)

  const after = await someBuyers(sale, 'late')
  await finish(sale, before) // what the old ledger knows goes on, too
  assert.equal((await sale.operate('withdraw', { units: 4 })).status, 200)
  assert.equal((await sale.operate('restock', { units: 5 })).status, 200)
  const refunded = await paysTooLate(sale)
  await sale.settled()
  const release = await holdFence(await connectSql(t, system.dbUrls.inventory))
  const unseen = await sale.hold('unseen') // the ledger has not seen it when it is lost
  await killAll(system)
  await release()
  const truth = await bankStatement(system)
  await databases.putBack()

  const started = DATABASES.map((name) => system.start(name))
  await held(system, sale)
  const recovery = await recover(t, system)
  assert.deepEqual(recovery.open, [])
  await Promise.all(started)
  assert.ok(wonBack(recovery, 'open hold', 'the stream') === 1, JSON.stringify(recovery.wonBack))

  await finish(sale, after)
  await sale.ends([...before.all, ...after.all, refunded])
  await sale.payAtBank(await sale.openCheckout(unseen))
  await sale.becomes(unseen, 'paid')
  const books = await sale.atRest()
  assert.deepEqual([books.stock, books.withdrawn, books.held], [35, 4, 0])
  assert.ok((await bankStatement(system)).lines.length >= truth.lines.length)
  for (let i = 0; i < LEFT_TO_BUY; i++) await sale.hold(`later ${i}`) // and it sells
  await sale.settled()
})

test('money at the bank for an order that nobody knows is named first', async (t) => {
  const system = await startSystem(t)
  const sale = await openSale(system, { stock: 5 })
  const ann = await sale.hold('ann')
  await sale.becomes(ann, 'pending-payment')
  const paymentId = randomUUID()
  const body = { paymentId, amountMinor: 700, currency: 'EUR', callbackUrl: system.url }
  await request(`${system.bankUrl}/checkouts`, { method: 'POST', body })
  await sale.payAtBank(paymentId, { copies: 1 })

  const recovery = await recover(t, system) // of services that had noticed nothing
  const [first] = recovery.open
  assert.equal(first?.weight, 'money')
  assert.match(first?.what ?? '', /captured at the bank/)
  const named = first?.examples[0] as { paymentId: string; amountMinor: number }
  assert.deepEqual([named.paymentId, named.amountMinor], [paymentId, 700])
})

type Buyers = Awaited<ReturnType<typeof someBuyers>>

/** One of each kind: who has paid, who gave up, who is at the bank, and who has done nothing yet. */
async function someBuyers(sale: Sale, name: string) {
  const hold = (what: string, quantity = 1) =>
    sale.hold(`${name} ${what}`, { quantity, key: `${name} ${what}` })
  const paid = await hold('paid', 2)
  const cancelled = await hold('cancelled', 2)
  const atBank = await hold('at the bank')
  const idle = await hold('idle')
  await sale.payAtBank(await sale.openCheckout(paid))
  await sale.cancelPatiently(cancelled)
  await sale.ends([paid, cancelled])
  const checkout = await sale.openCheckout(atBank)
  return { paid, cancelled, atBank, idle, checkout, all: [paid, cancelled, atBank, idle] }
}

/** Who was at the bank pays there, without asking the shop again; who did nothing gives up. */
async function finish(sale: Sale, { atBank, idle, checkout }: Buyers) {
  await sale.payAtBank(checkout)
  await sale.becomes(atBank, 'paid')
  await sale.cancelPatiently(idle)
}

async function paysTooLate(sale: Sale): Promise<Receipt> {
  const late = await sale.hold('too late')
  const checkout = await sale.openCheckout(late)
  await sale.cancelPatiently(late)
  await sale.payAtBank(checkout)
  await sale.becomes(late, 'refunded')
  return late
}

async function killAll(system: System) {
  for (const name of DATABASES) await system.kill(name)
}

/** No buyer gets a unit, nobody is ready, and the log says where to read. */
async function held(system: System, sale: Sale) {
  const told = () =>
    DATABASES.every((name) => system.logs(name).some((line) => line.includes('ledger-behind.md')))
  await until(told, { timeoutMs: 30_000, what: 'the services to say why they wait' })
  assert.equal(outcome(await sale.buy('nobody')), '503 try-later')
}

async function recover(t: TestContext, { env }: System): Promise<Recovery> {
  const { inventory, order, payment } = env
  return recoverLedger({ inventory, order, payment }, (line) => t.diagnostic(line))
}

function wonBack(recovery: Recovery, kind: string, from: string): number {
  const rows = recovery.wonBack.filter((row) => row.kind === kind && row.from === from)
  return rows.reduce((sum, { count }) => sum + count, 0)
}
