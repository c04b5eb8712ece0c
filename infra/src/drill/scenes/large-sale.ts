import { Client } from 'pg'
import { createDesk, type Desk } from '../../demo/desk.ts'
import { percentile } from '../../demo/tally.ts'
import type { Stack } from '../../stack/stack.ts'
import { tokenSigner } from '../../stack/tokens.ts'
import { ordersInLedger } from '../ledger.ts'
import { acceptedBefore, noteLoss } from '../lost-writes.ts'
import { saleKey, withRedis } from '../redis.ts'
import type { Scene, World } from '../scene.ts'

const holds = 100_000
const holdsAStatement = 10_000
const stock = 150_000
const rounds = 10 // the second half without buyers beside it
const hourMs = 3_600_000
const driftZeroWithinMs = 60_000
const pingMs = 300
const answersWithinMs = 20_000

/** Milliseconds from Redis' first answer. */
type Back = { agreesMs: number; auditedMs: number }

/** A sale with 100,000 live holds, whose Redis comes back with nothing, ten times. */
export const largeSale: Scene = {
  name: 'large-sale',
  what: 'Redis is killed and comes back empty under a sale with 100,000 live holds',
  needs: { env: {} }, // a stack of its own: the audits of such a sale would slow all other scenes
  async run(world) {
    const { stack, load, say } = world
    const desk = createDesk(
      stack.addresses.gateway,
      tokenSigner(stack.settings.secrets.jwt)('op', 'admin'),
    )
    const [beside, alone]: [Back[], Back[]] = [[], []]
    try {
      const saleId = await openLargeSale(desk)
      await fill(stack, saleId)
      for (let round = 1; round <= rounds; round++) {
        const isCalm = round > rounds / 2
        if (isCalm) load.pause()
        const back = await emptied(world, desk, saleId)
        ;(isCalm ? alone : beside).push(back)
        const [agrees, audited] = [back.agreesMs / 1_000, back.auditedMs / 1_000]
        say(
          `round ${round}: Redis agrees after ${agrees} s, an audit of it was read by ${audited} s`,
        )
      }
    } finally {
      load.resume()
      await desk.leave()
    }
    claim(world, 'while others buy', beside)
    claim(world, 'while nobody buys', alone)
  },
}

function claim({ report }: World, when: string, backs: readonly Back[]): void {
  const agreesMs = backs.map((back) => back.agreesMs)
  const auditedMs = backs.map((back) => back.auditedMs)
  const facts = {
    p50: percentile(agreesMs, 0.5),
    p99: percentile(agreesMs, 0.99),
    agreesMs,
    auditedMs,
  }
  report.claim(
    `drift is 0 again with ${holds} live holds ${when}`,
    backs.length === rounds / 2,
    facts,
  )
}

async function openLargeSale(desk: Desk): Promise<string> {
  const { id } = await desk.createSale({
    title: 'A large sale',
    sku: 'LARGE-1',
    priceMinor: 100,
    currency: 'CNY',
    stock,
    perBuyerLimit: 1,
    opensAt: new Date(Date.now() - 1_000).toISOString(),
    closesAt: new Date(Date.now() + 10 * hourMs).toISOString(),
    paymentWindowSeconds: 3_600,
    admission: { mode: 'direct' },
  })
  return id
}

/** Straight into the ledger: buying them one by one would take minutes. */
async function fill({ addresses }: Stack, saleId: string): Promise<void> {
  const client = new Client({ connectionString: addresses.databases.inventory.url })
  await client.connect()
  try {
    for (let first = 1; first <= holds; first += holdsAStatement) {
      await client.query(
        `with h as (
           insert into holds (order_id, sale_id, segment, buyer_id, key, fingerprint, units, epoch,
                              state, held_at)
           select gen_random_uuid(), $1, 0, 'buyer-' || n, 'key-' || n, 'f', array[n], 1, 'held', now()
           from generate_series($2::int, $3::int) n returning order_id, sale_id, units[1] as unit, buyer_id)
         insert into hold_units (order_id, line, sale_id, segment, unit, buyer_id, slot)
         select order_id, 1, sale_id, 0, unit, buyer_id, 1 from h`,
        [saleId, first, first + holdsAStatement - 1],
      )
    }
    await client.query('analyze holds, hold_units')
  } finally {
    await client.end()
  }
}

/**
 * Redis agrees from the moment that a rebuild has switched to the ledger's epoch: an audit says so
 * afterwards, which takes its own time to read, and nothing was rebuilt again in between.
 */
async function emptied(world: World, desk: Desk, saleId: string): Promise<Back> {
  const { stack, until } = world
  const master = stack.redisMaster()
  await withRedis(stack, master, (redis) => redis.flushall()) // and so is its file
  const ended = new Date()
  const before = stack.kill(master)
  const limit = { limitMs: answersWithinMs, what: 'Redis to answer again' }
  await until(async () => {
    const pid = stack.status().find(({ name }) => name === master)?.pid
    if (!pid || pid === before) return false
    const ping = withRedis(stack, master, (redis) => redis.ping(), pingMs)
    return (await ping.catch(() => '')) === 'PONG'
  }, limit)
  const answered = performance.now()
  const since = () => Math.round(performance.now() - answered)
  const wait = { limitMs: driftZeroWithinMs, what: 'drift 0' }
  const epoch = await until(async () => await epochInUse(stack, saleId), wait)
  const agreesMs = since()
  await until(async () => {
    const audit = await desk.audit(saleId).catch(() => undefined)
    return audit?.drift === 0 && audit.held === holds && audit.exact
  }, wait)
  const auditedMs = since()
  if ((await epochInUse(stack, saleId)) !== epoch) throw new Error('it was rebuilt once more')
  await noteForgotten(world, ended)
  return { agreesMs, auditedMs }
}

/** What the other sales had accepted and only Redis knew, is `not-recorded` at the end. */
async function noteForgotten(world: World, ended: Date): Promise<void> {
  const { forgotten } = world.report
  const accepted = acceptedBefore(world, 0, ended).filter((orderId) => !forgotten.has(orderId))
  const inLedger = await ordersInLedger(world.stack, accepted)
  const lost = accepted.filter((orderId) => !inLedger.has(orderId))
  if (lost.length > 0) await noteLoss(world, lost)
}

/** Undefined while Redis refuses to sell (R1). */
async function epochInUse(stack: Stack, saleId: string): Promise<number | undefined> {
  return await withRedis(stack, stack.redisMaster(), async (redis) => {
    const [epoch, recorded] = await redis.hmget(saleKey(saleId), 'epoch', 'run_id')
    const own = /run_id:(\w+)/.exec(await redis.info('server'))?.[1]
    return recorded && recorded === own ? Number(epoch) : undefined
  })
}
