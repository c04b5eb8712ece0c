import { Client } from 'pg'
import { createDesk, type Desk } from '../../demo/desk.ts'
import { percentile } from '../../demo/tally.ts'
import type { Stack } from '../../stack/stack.ts'
import { tokenSigner } from '../../stack/tokens.ts'
import { withRedis } from '../redis.ts'
import type { Scene, World } from '../scene.ts'

const holds = 100_000
const holdsAStatement = 10_000
const stock = 150_000
const rounds = 10
const hourMs = 3_600_000
const driftZeroWithinMs = 60_000
const answersWithinMs = 20_000

/** A sale with 100,000 live holds, whose Redis comes back with nothing, ten times. */
export const largeSale: Scene = {
  name: 'large-sale',
  what: 'Redis is killed and comes back empty under a sale with 100,000 live holds',
  needs: { env: {} }, // a stack of its own: the audits of such a sale would slow all other scenes
  async run(world) {
    const { stack, report, say } = world
    const desk = createDesk(
      stack.addresses.gateway,
      tokenSigner(stack.settings.secrets.jwt)('op', 'admin'),
    )
    try {
      const saleId = await openLargeSale(desk)
      await fill(stack, saleId)
      const ms: number[] = []
      for (let round = 1; round <= rounds; round++) {
        ms.push(await emptied(world, desk, saleId))
        say(`round ${round}: drift 0 after ${(ms.at(-1) ?? 0) / 1_000} s`)
      }
      const [p50, p99] = [percentile(ms, 0.5), percentile(ms, 0.99)]
      report.claim(`drift is 0 again with ${holds} live holds`, ms.length === rounds, {
        p50,
        p99,
        ms,
      })
    } finally {
      await desk.leave()
    }
  },
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

/** Milliseconds from Redis' first answer to an audit that reads drift 0. */
async function emptied({ stack, until }: World, desk: Desk, saleId: string): Promise<number> {
  const master = stack.redisMaster()
  await withRedis(stack, master, (redis) => redis.flushall()) // and so is its file
  const before = stack.kill(master)
  const limit = { limitMs: answersWithinMs, what: 'Redis to answer again' }
  await until(async () => {
    const pid = stack.status().find(({ name }) => name === master)?.pid
    if (!pid || pid === before) return false
    return (await withRedis(stack, master, (redis) => redis.ping()).catch(() => '')) === 'PONG'
  }, limit)
  const answered = performance.now()
  await until(
    async () => {
      const audit = await desk.audit(saleId).catch(() => undefined)
      return audit?.drift === 0 && audit.held === holds && audit.exact
    },
    { limitMs: driftZeroWithinMs, what: 'drift 0' },
  )
  return Math.round(performance.now() - answered)
}
