import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { request } from '@flashsale/test-kit/http.ts'
import { servers } from '@flashsale/test-kit/servers.ts'
import { type System, startSystem } from '@flashsale/test-kit/system.ts'
import { startProxy } from '../../src/proxy/proxy.ts'
import { watchMemory } from './memory.ts'
import { assertToldTruth, learnTruth } from './rush.ts'
import { openSale } from './sale.ts'
import { connectSql } from './sql.ts'
import { assertNobodyHung, startTrickle, words } from './trickle.ts'

const STREAM_ENTRIES_MAX = 60
const HEALS_WITHIN_MS = 30_000
const LOOK_UP_WITHIN_MS = 5_000 // the gateway gives up after 2 s; the machine may be busy

async function startScene(t: TestContext) {
  const line = await startProxy({ target: Number(new URL(servers.postgresUrl()).port) })
  t.after(() => line.close())
  const env = { inventory: { STREAM_ENTRIES_MAX: String(STREAM_ENTRIES_MAX) } }
  const system = await startSystem(t, { env, postgresPort: line.port })
  const ledger = await connectSql(t, system.dbUrls.inventory)
  const sale = await openSale(system, { stock: 10_000 })
  const first = await sale.hold('ann')
  await sale.becomes(first, 'pending-payment')
  await sale.settled()
  return { line, system, ledger, sale, first, memory: watchMemory(t, system) }
}

for (const [how, away] of [
  ['refuses every connection', 'cut'],
  ['answers nothing', 'stall'],
] as const) {
  test(`Postgres ${how}: the sale takes holds until its stream is full, then 503, then heals exactly`, async (t) => {
    const { line, system, ledger, sale, first, memory } = await startScene(t)
    line[away]()
    const buyers = startTrickle(t, sale)
    await buyers.told('503 try-later', 20)
    await buyers.toldOnly('503 try-later', 100)
    await assertLookUpsEnd(system, sale, first)

    await line.restore()
    await buyers.told('202 accepted', 20, HEALS_WITHIN_MS)
    const attempts = await buyers.stop()
    memory.assertBounded()
    assertNobodyHung(attempts)
    t.diagnostic(JSON.stringify(words(attempts)))
    const taken = attempts.findIndex(({ said }) => said === '503 try-later')
    assert.ok(taken >= STREAM_ENTRIES_MAX / 2, `only ${taken} were served before the first 503`)
    const receipts = await learnTruth(sale, attempts)
    await sale.settled()
    await assertToldTruth(ledger, sale, [first, ...receipts])
    const last = receipts.at(-1) ?? first
    await sale.payAtBank(await sale.openCheckout(last))
    await sale.becomes(last, 'paid')
    await sale.exact()
  })
}

type Sale = Awaited<ReturnType<typeof openSale>>
type Receipt = { user: string; orderId: string }

/** Inventory can't be sure of anything, the order is asked for later, and nobody waits for long. */
async function assertLookUpsEnd(system: System, sale: Sale, receipt: Receipt) {
  const startedAtMs = performance.now()
  const asked = Array.from({ length: 20 }, () => sale.order(receipt))
  for (const { status } of await Promise.all(asked)) assert.equal(status, 503)
  assert.ok(performance.now() - startedAtMs < LOOK_UP_WITHIN_MS)

  const path = `${system.urls.inventory}/internal/orders/${receipt.orderId}`
  const lookUp = async () => (await request(path, { timeoutMs: 20_000 })).body
  const isUnconfirmed = async () => (await lookUp()).kind === 'unconfirmed'
  await until(isUnconfirmed, { timeoutMs: 20_000, what: 'a look-up without the ledger' })
}
