/** Payment and the bank as real processes, and this test in the place of gateway and order. */
import { createHmac, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createDb } from '@flashsale/service-kit/db.ts'
import { testTopicPrefix } from '@flashsale/test-kit/bus.ts'
import { testDatabase } from '@flashsale/test-kit/db.ts'
import { request } from '@flashsale/test-kit/http.ts'
import { freePort, type TestProcess, testProcess } from '@flashsale/test-kit/process.ts'
import { servers } from '@flashsale/test-kit/servers.ts'
import { eventually } from '@flashsale/test-kit/wait.ts'
import { bankLine } from './bank-line.ts'
import { orderSide } from './order-side.ts'

const SECRET = 'the-secret-of-bank-and-payment-in-tests'
const NEVER_MS = '3600000'
export const SALE = '0192f3c4-0000-7000-8000-000000000001'
export type Trouble = Record<string, unknown>
export type World = Awaited<ReturnType<typeof startPayment>>

export async function startPayment(t: TestContext, env: Record<string, string> = {}) {
  const processes: TestProcess[] = []
  t.after(async () => {
    for (const one of processes) if (one.started()) await one.end('SIGKILL')
    const { passed } = t as { passed?: boolean } // not in the types of Node yet
    if (!passed) t.diagnostic(processes.flatMap(({ lines }) => lines.slice(-40)).join('\n'))
  })
  const folder = await mkdtemp(join(tmpdir(), 'payment-'))
  t.after(() => rm(folder, { recursive: true }))
  const topicPrefix = testTopicPrefix(t)
  const order = await orderSide(t, topicPrefix)
  t.after(() => db.close())
  const dbUrl = await testDatabase(t, { name: 'payment' })
  const db = createDb(dbUrl, { max: 2 })

  const [bankPort, port] = [await freePort(), await freePort()]
  const bankUrl = `http://127.0.0.1:${bankPort}`
  const line = await bankLine(t, bankUrl)
  const url = `http://127.0.0.1:${port}`
  const common = { PATH: process.env.PATH ?? '', HOST: '127.0.0.1', BANK_SECRET: SECRET }
  const bankEnv = { ...common, PORT: String(bankPort), BANK_JOURNAL: join(folder, 'journal') }
  const bank = testProcess('bank', 'infra/src/bank/main.ts', bankEnv, bankUrl)
  const paymentEnv = {
    ...common,
    PORT: String(port),
    DATABASE_URL: dbUrl,
    KAFKA_BROKERS: servers.kafkaBrokers().join(','),
    KAFKA_PARTITIONS: '2',
    TOPIC_PREFIX: topicPrefix,
    BANK_URL: line.url,
    CALLBACK_URL: `${url}/internal/callbacks/bank`,
    CHECK_BACK_EVERY_MS: NEVER_MS,
    ...env,
  }
  const payment = testProcess('payment', 'services/payment/src/main.ts', paymentEnv, url)
  processes.push(bank, payment)
  await Promise.all([bank.start(), payment.start()])
  await order.start()

  return { ...calls({ url, bankUrl, db }), url, bankUrl, db, bank, payment, line, order }
}

type Where = { url: string; bankUrl: string; db: ReturnType<typeof createDb> }
type Row = { state: string; captured_minor: number | null; checkout_url: string | null }

/** What gateway, buyer and bank do to payment. */
function calls({ url, bankUrl, db }: Where) {
  const open = (body: ReturnType<typeof newOrder>) =>
    request(`${url}/internal/payments`, { method: 'POST', body })
  /** As a buyer does: told to try later, he tries again. */
  const openPatiently = (body: ReturnType<typeof newOrder>) =>
    within('a payment', async () => {
      const answer = await open(body)
      return answer.status !== 503 && answer
    })
  const row = async (id: string) =>
    (await db.query<Row>('select * from payments where id = $1', [id])).rows[0]
  const outcomes = async (paymentId: string) => {
    const sql = 'select outcome, copies from callbacks where payment_id = $1 order by received_at'
    const { rows } = await db.query<{ outcome: string | null; copies: number }>(sql, [paymentId])
    return rows
  }
  return {
    open,
    openPatiently,
    row,
    /** An order with its payment open. */
    async opened() {
      const order = newOrder()
      const answer = await openPatiently(order)
      if (answer.status !== 201) throw new Error(`not opened: ${JSON.stringify(answer.body)}`)
      return { ...order, paymentId: answer.body.paymentId as string }
    },
    play: (paymentId: string, input: string, trouble?: Trouble) =>
      request(`${bankUrl}/checkouts/${paymentId}/${input}`, { method: 'POST', body: trouble }),
    atBank: async (paymentId: string) => (await request(`${bankUrl}/checkouts/${paymentId}`)).body,
    callback: (body: unknown, { signature = '', provider = 'bank' } = {}) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      const headers = { 'bank-signature': signature || sign(text) }
      const path = `/internal/callbacks/${provider}`
      return request(url + path, { method: 'POST', body: text, headers })
    },
    reached: (id: string, state: string) =>
      within(`payment ${state}`, async () => (await row(id))?.state === state),
    outcomes,
    /** Waits until the callback in this place, counted by arrival, has one. */
    outcome: (paymentId: string, place = 0) =>
      eventually(
        'an outcome',
        async () => (await outcomes(paymentId))[place]?.outcome ?? undefined,
      ),
  }
}

/** Longer than a killed member of the consumer group keeps its partitions, on a busy machine. */
const within = <T>(what: string, check: () => Promise<T | undefined | false>) =>
  eventually(what, check, { timeoutMs: 30_000 })

export const newOrder = (amountMinor = 1000) => ({
  orderId: randomUUID(),
  saleId: SALE,
  buyerId: 'buyer-1',
  amountMinor,
  currency: 'EUR',
})

export const capture = (paymentId: string, amountMinor = 1000) => ({
  callbackId: randomUUID(),
  paymentId,
  state: 'captured',
  amountMinor,
  currency: 'EUR',
  at: new Date().toISOString(),
})

export function sign(body: string, { secret = SECRET, atMs = Date.now() } = {}) {
  const t = Math.floor(atMs / 1000)
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`
}
