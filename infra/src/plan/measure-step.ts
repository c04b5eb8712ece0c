import { setTimeout as sleep } from 'node:timers/promises'
import { buyPath, openSale, whileLedgerWaits } from '../bench/bench-sale.ts'
import { ordersExist } from '../bench/books.ts'
import { cpuBetween } from '../bench/cpu.ts'
import { buyRequest, type LoadReport } from '../bench/load/load.ts'
import { ThrownAway } from '../bench/thrown-away.ts'
import { waitUntil } from '../wait-until.ts'
import type { Step, Work } from './costs.ts'
import type { Ground } from './ground.ts'
import { mixed } from './mixed.ts'
import { cpuByPart } from './process-cpu.ts'
import type { StepLoad } from './step-load.ts'

const settledTimeoutMs = 120_000
const lookEveryMs = 200

export type MeasuredStep = Step & {
  heldOut: boolean
  bytes?: LoadReport['bytes']
  saleId?: string
  walBytes: number
}

/** One load, from its first request until all behind it is done. */
export async function measureStep(
  ground: Ground,
  load: StepLoad,
  spanMs: number,
): Promise<MeasuredStep[]> {
  const asked = await prepare(ground, load, spanMs)
  return load.ledgerWaits
    ? await inTwoSteps(ground, load, asked)
    : [await inOneStep(ground, load, asked)]
}

async function inOneStep(ground: Ground, load: StepLoad, asked: AskedFor): Promise<MeasuredStep> {
  const meter = await startMeter(ground)
  const [report] = await Promise.all([offer(ground, load, asked), pay(ground, load, asked)])
  const offeredSeconds = meter.seconds()
  const counts = countsOf(load, report, asked.unpaid.length)
  if (report) remember(ground, asked, report)
  if (counts.orders > 0) await ordersExist(ground.world, asked.saleId, counts.orders, lookEveryMs)
  const ordersSeconds = meter.seconds()
  await allArePaid(ground)
  const busy = (work: Work, seconds: number) => (counts[work] > 0 ? seconds : 0)
  const busySeconds = {
    accepted: busy('accepted', offeredSeconds),
    refused: busy('refused', offeredSeconds),
    orders: busy('orders', ordersSeconds),
    payments: busy('payments', meter.seconds()),
  }
  const step = await meter.stop({ name: nameOf(load), counts, busySeconds })
  const { heldOut = false } = load
  return { ...step, heldOut, saleId: asked.saleId, ...(report && { bytes: report.bytes }) }
}

/** Intake alone, then alone what it left behind. */
async function inTwoSteps(ground: Ground, load: StepLoad, asked: AskedFor) {
  const { world } = ground
  const intake = await startMeter(ground)
  const report = await whileLedgerWaits(world, [asked.saleId], () => offer(ground, load, asked))
  const { accepted, orders } = countsOf(load, report, 0)
  const first = await intake.stop({
    name: nameOf(load),
    counts: { ...none, accepted },
    busySeconds: { ...none, accepted: intake.seconds() },
  })
  const road = await startMeter(ground)
  if (report) remember(ground, asked, report)
  await ordersExist(world, asked.saleId, orders, lookEveryMs)
  const last = await road.stop({
    name: 'orders of what waited',
    counts: { ...none, orders },
    busySeconds: { ...none, orders: road.seconds() },
  })
  return [first, last].map((step) => ({ ...step, heldOut: false }))
}

export async function measureIdle(ground: Ground): Promise<MeasuredStep> {
  const meter = await startMeter(ground)
  await sleep(ground.sizes.idleMs)
  const step = await meter.stop({ name: 'nobody asks', counts: none, busySeconds: none })
  return { heldOut: false, ...step }
}

const none = { accepted: 0, refused: 0, orders: 0, payments: 0 }

function nameOf({ name, accepted, refused, payments }: StepLoad): string {
  return `${name}: ${[accepted, refused, payments].filter((rate) => rate > 0).join(' + ')}/s`
}

async function startMeter({ world }: Ground) {
  const read = cpuByPart(world.processes)
  const [before, wal, startedAt] = [read(), await walBytes(world.ledger), performance.now()]
  const seconds = () => (performance.now() - startedAt) / 1_000
  return {
    seconds,
    async stop(what: Pick<Step, 'name' | 'counts' | 'busySeconds'>) {
      const step = { ...what, seconds: seconds(), cpuMs: cpuBetween(before, read()) }
      return { ...step, walBytes: (await walBytes(world.ledger)) - wal }
    },
  }
}

async function walBytes(pool: Ground['world']['ledger']): Promise<number> {
  const sql = "select pg_current_wal_lsn() - '0/0' as n"
  return Number((await pool.query<{ n: string }>(sql)).rows[0]?.n ?? 0)
}

type AskedFor = {
  saleId: string
  requests: string[]
  tokens: Map<number, string>
  perSecond: number
  spanMs: number
  unpaid: Ground['unpaid']
}

async function prepare(ground: Ground, load: StepLoad, spanMs: number): Promise<AskedFor> {
  const { world, soldOutPath } = ground
  const countOf = (perSecond: number) => Math.floor((perSecond * spanMs) / 1_000)
  const [accepted, refused] = [countOf(load.accepted), countOf(load.refused)]
  const saleId = accepted > 0 ? await openSale(world, accepted + 1) : ''
  const tokens = new Map<number, string>()
  const requests = mixed(accepted, refused).map((kind, i) => {
    if (kind === 'no') {
      const token = world.sign(`refused-${ground.refused++}`)
      return buyRequest({ path: soldOutPath, token, key: 'key' })
    }
    const token = world.sign(`${saleId}-${i}`)
    tokens.set(i, token)
    return buyRequest({ path: buyPath(saleId), token, key: `key-${i}` })
  })
  const wanted = countOf(load.payments)
  const unpaid = ground.unpaid.splice(0, wanted)
  if (unpaid.length < wanted) throw new ThrownAway(`only ${unpaid.length} orders can be paid`)
  const perSecond = load.accepted + load.refused
  return { saleId, requests, tokens, perSecond, spanMs, unpaid }
}

async function offer({ world, sizes }: Ground, load: StepLoad, asked: AskedFor) {
  const { requests, perSecond, spanMs } = asked
  if (requests.length === 0) return undefined
  const report = await world.generator.run({
    port: world.gatewayPort,
    requests,
    connections: sizes.connections,
    spanMs,
    perSecond,
    whenDue: true,
    expect: { status: 202, text: '"accepted"' },
    kinds: {
      accepted: { status: 202, text: '"accepted"' },
      refused: { status: 409, text: 'sold-out' },
    },
  })
  const others = report.byKind.other?.length ?? 0
  if (!load.warmsUp && others > sizes.othersMaxShare * requests.length) {
    throw new ThrownAway(`${nameOf(load)}: ${JSON.stringify(report.others)}`)
  }
  return report
}

async function pay(ground: Ground, { name, payments }: StepLoad, { unpaid }: AskedFor) {
  if (payments === 0) return
  const paid = await ground.payers.payAll(unpaid, payments)
  if (paid < unpaid.length) throw new ThrownAway(`${name}: ${paid} of ${unpaid.length} were paid`)
  ground.paid += paid
}

function countsOf(
  { name }: StepLoad,
  report: LoadReport | undefined,
  payments: number,
): Record<Work, number> {
  const [accepted, refused] = [report?.accepted.length ?? 0, report?.byKind.refused?.length ?? 0]
  if (report && accepted + refused === 0) throw new ThrownAway(`${name}: nothing was answered`)
  return { accepted, refused, orders: accepted, payments }
}

/** Orders of this step can be paid in later ones, and its books are looked at in the end. */
function remember(ground: Ground, { saleId, tokens }: AskedFor, report: LoadReport): void {
  if (saleId === '') return
  const { accepted, unconfirmed, acceptedRequests } = report
  ground.sales.push({ saleId, told: { accepted, unconfirmed } })
  for (const [i, orderId] of accepted.entries()) {
    const token = tokens.get(acceptedRequests[i] ?? -1)
    if (token !== undefined) ground.unpaid.push({ orderId, token })
  }
}

/** The last thing that a payment does is to make its units sold. */
async function allArePaid({ world, paid }: Ground): Promise<void> {
  const sql = "select count(*)::int as n from holds where state = 'sold'"
  const isSo = async () => ((await world.ledger.query<{ n: number }>(sql)).rows[0]?.n ?? 0) >= paid
  await waitUntil(`${paid} sold holds`, isSo, settledTimeoutMs)
}
