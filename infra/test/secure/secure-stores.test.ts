/**
 * docs/store-access.md on real servers: encrypted, with names and passwords, and each service as the least
 * that it has to be. What is granted comes from the files that production uses.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { type System, startSystem } from '@flashsale/test-kit/system.ts'
import { type Environments, recoverLedger } from '../../src/recover/recover-ledger.ts'
import { buyPatiently } from '../system/buyer.ts'
import { openSale } from '../system/sale.ts'
import { assertKafkaKeeps } from './keeps-kafka.ts'
import { assertPostgresKeeps } from './keeps-postgres.ts'
import { assertRedisKeeps } from './keeps-redis.ts'
import { operateAll } from './operate.ts'
import { type SecureStores, startSecureStores } from './secure-stores.ts'
import { assertOthersStayOut, forgetRefusals, redisRefusals } from './stays-out.ts'

const STOCK = 60
const [PAYING, CANCELLING] = [30, 10]
const names = ['gateway', 'inventory', 'order', 'payment'] as const

test('the system sells on encrypted stores, each service as the least it has to be', async (t) => {
  const stores = await startSecureStores(t)
  await t.test('nobody else is let in', () => assertOthersStayOut(stores))
  const system = await startSystem(t, { env: stores.serviceEnv })
  const sale = await openSale(system, { stock: STOCK })

  await t.test('a sale is paid, cancelled and recorded to the unit', async () => {
    await buyAndEnd(sale)
    await operateAll(system, sale)
    const { sold, available } = await sale.atRest()
    assert.deepEqual({ sold, available }, { sold: PAYING, available: STOCK - PAYING }) // restocked and withdrawn alike
    await assertNothingWasRefused(stores, system)
  })
  await t.test('Postgres keeps each service to its grants', () => assertPostgresKeeps(stores))
  await t.test('Redis keeps each service to its keys', () => assertRedisKeeps(stores, sale.id))
  await t.test('Kafka keeps each service to its topics', () => assertKafkaKeeps(stores))

  await t.test('a person recovers as the owner, and the sale goes on', async () => {
    await forgetRefusals(stores) // those that were asked for above
    const lines: string[] = []
    await recoverLedger(recoveryEnvs(stores, system), (line) => void lines.push(line))
    assert.ok(lines.includes('the services go on'), lines.join('\n'))
    const { user, orderId = '' } = await buyPatiently(sale, 'buyer-again', { key: 'again' })
    const receipt = { user, orderId }
    await sale.payAtBank(await sale.openCheckout(receipt))
    await sale.becomes(receipt, 'paid')
    await sale.operate('close')
    const isWithdrawn = async () => (await sale.exact()).available === 0
    await until(isWithdrawn, { timeoutMs: 20_000, what: 'what is left to be withdrawn' })
    assert.equal((await sale.atRest()).sold, PAYING + 1)
    await assertNothingWasRefused(stores, system)
  })
  await t.test('no log has a password', () => assertUntold(stores, system))
})

type Sale = Awaited<ReturnType<typeof openSale>>

async function buyAndEnd(sale: Sale): Promise<void> {
  const users = Array.from({ length: PAYING + CANCELLING }, (_, i) => `buyer-${i}`)
  const receipts = await Promise.all(
    users.map((user) => sale.hold(user, { key: `key of ${user}` })),
  )
  const paying = receipts.slice(0, PAYING).map(async (receipt) => {
    const { status } = await sale.payAtBank(await sale.openCheckout(receipt))
    assert.equal(status, 200)
  })
  const cancelling = receipts.slice(PAYING).map((receipt) => sale.cancelPatiently(receipt))
  await Promise.all([...paying, ...cancelling])
  const ends = await sale.ends(receipts)
  const counts = Map.groupBy(ends, (end) => end?.status)
  assert.equal(counts.get('paid')?.length, PAYING)
  assert.equal(counts.get('cancelled')?.length, CANCELLING)
}

/** What the grants leave out would be seen here: each service did all that it does in a sale. */
async function assertNothingWasRefused(stores: SecureStores, system: System): Promise<void> {
  assert.deepEqual(await redisRefusals(stores), [])
  for (const name of names) {
    const refusals = system.logs(name).filter((line) => /NOPERM|42501|authoriz/i.test(line))
    assert.deepEqual(refusals, [], name)
  }
}

function recoveryEnvs({ recoveryEnv }: SecureStores, { env }: System): Environments {
  const { inventory, order, payment } = recoveryEnv
  return {
    inventory: { ...env.inventory, ...inventory },
    order: { ...env.order, ...order },
    payment: { ...env.payment, ...payment },
  }
}

function assertUntold({ secrets }: SecureStores, system: System): void {
  for (const name of names) {
    const lines = system.logs(name)
    assert.ok(lines.length > 0, name)
    const told = lines.filter((line) => secrets.some((secret) => line.includes(secret)))
    assert.deepEqual(told, [], name)
  }
}
