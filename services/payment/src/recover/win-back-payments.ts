import { StockHeld } from '@flashsale/contracts/events/stock-held.ts'
import { topics } from '@flashsale/contracts/topics.ts'
import { consumer } from '@flashsale/messaging/consumer.ts'
import { type Incoming, readMessage } from '@flashsale/messaging/read-message.ts'
import { readTopic } from '@flashsale/messaging/read-topic.ts'
import { Fault } from '@flashsale/service-kit/fault.ts'
import { sleep } from '@flashsale/service-kit/wait.ts'
import type { CheckoutView } from '../clients/bank.ts'
import { insertRecovered, withoutPayment } from '../db/recovery.ts'
import { paymentIdOf } from '../domain/payment-id.ts'
import { storeAnswer } from '../jobs/check-back.ts'
import { inParallel } from '../jobs/in-parallel.ts'
import type { RecoverDeps } from './win-back.ts'

const CALLS_AT_ONCE = 16
const TRIES_MAX = 5
const PAUSE_MS = 1_000
const ENDS = ['captured', 'declined', 'expired']

type Held = StockHeld['data']
const known = [consumer(StockHeld, async () => {})]

/**
 * Asks the bank about every order without a payment that could have had one. What it knows is on
 * record again; an end that it tells goes the ordinary road. `firstDay`: of the first hold there was.
 */
export async function winBackPayments(deps: RecoverDeps) {
  let first = Number.POSITIVE_INFINITY
  let asked = 0
  await readTopic(deps.source, topics.stock, async (messages) => {
    const holds = readHolds(messages)
    for (const { atMs } of holds) first = Math.min(first, atMs)
    const wanted = new Map(holds.map(({ data }) => [data.orderId, data]))
    const ids = await withoutPayment(deps.db, [...wanted.keys()])
    const open = ids.flatMap((id) => wanted.get(id) ?? [])
    await inParallel(open, CALLS_AT_ONCE, (held) => winBackOne(deps, held))
    asked += open.length
  })
  deps.findings.tell(`the bank was asked about ${asked} orders without a payment`)
  return { firstDay: Number.isFinite(first) ? new Date(first) : undefined }
}

function readHolds(messages: Incoming[]) {
  return messages.flatMap((message) => {
    const read = readMessage(message, known)
    if (!read || read.unreadable !== undefined) return []
    return [{ data: read.event.data as Held, atMs: Date.parse(read.event.occurredAt) }]
  })
}

async function winBackOne({ db, bank, findings }: RecoverDeps, held: Held) {
  const id = paymentIdOf(held.orderId)
  const { amountMinor, currency } = held
  const checkout = await askSurely({ bank }, id)
  if (!checkout) return
  const isOver = ENDS.includes(checkout.state)
  const checkoutUrl = isOver ? null : await openAgain({ bank, findings }, held)
  if (checkoutUrl === undefined) return
  if (!(await insertRecovered(db, { id, ...held, checkoutUrl }))) return
  if (isOver) await storeAnswer(db, { id, amountMinor, currency }, checkout)
  const kind = checkout.state === 'captured' ? 'captured payment' : 'payment'
  findings.won(kind, 'the bank')
}

/** Undefined when the bank knows of none. A bank that does not answer ends the recovery: run it again. */
async function askSurely({ bank }: Pick<RecoverDeps, 'bank'>, id: string) {
  for (let tries = 1; ; tries++) {
    const answer = await bank.ask(id)
    if (answer.kind === 'unknown-checkout') return undefined
    if (answer.kind === 'known') return answer.checkout satisfies CheckoutView
    if (tries >= TRIES_MAX)
      throw new Fault('recovery.bank-away', 'the bank does not answer', { id })
    await sleep(PAUSE_MS)
  }
}

/** Opening what is open tells its address. Undefined for one that is not ours to go on with. */
async function openAgain({ bank, findings }: Pick<RecoverDeps, 'bank' | 'findings'>, held: Held) {
  const { orderId, amountMinor, currency } = held
  const paymentId = paymentIdOf(orderId)
  try {
    const opened = await bank.open({ paymentId, amountMinor, currency })
    if (opened.kind === 'opened') return opened.checkoutUrl
    throw new Fault('recovery.bank-away', 'the bank does not answer', { paymentId })
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'bank.refused-checkout') throw error
    const facts = { paymentId, orderId, amountMinor, currency }
    findings.open('money', 'a checkout at the bank of another amount than its order', facts)
    return undefined
  }
}
