import { redisBytes } from '../bench/bench-sale.ts'
import { getRequest } from '../bench/load/load.ts'
import { ThrownAway } from '../bench/thrown-away.ts'
import type { Ground } from './ground.ts'
import { residentMiB } from './process-cpu.ts'

const bytesOfMiB = 2 ** 20
const spanMs = 60_000
const lookEveryMs = 100
const rounds = 3 // of requests on each connection

export type Memory = {
  /** Of each process after all steps, in MiB; the gateway's before them, for its tokens are apart. */
  residentMiB: Record<string, number>
  /** The gateway's, for a token that it knows. */
  tokenBytes: number
  /** The gateway's, for a connection that is kept open. */
  connectionBytes: number
  /** Redis', for a hold with a key. */
  holdBytes: number
}

export async function measureMemory(
  ground: Ground,
  { saleId, holds }: { saleId: string; holds: number },
): Promise<Memory> {
  const { world, sizes } = ground
  const { tokens, connections } = sizes.memory
  const pids = world.processes()
  const resident = pids.map(({ name, pid }) => [name, residentMiB(pid)] as const)
  const gateway = pids.find(({ name }) => name === 'gateway')?.pid ?? 0
  const perConnection = await growth(gateway, connections, async () => {
    await ask(ground, {
      tokens: [world.sign('somebody')],
      times: rounds * connections,
      connections,
    })
  })
  const names = Array.from({ length: tokens }, (_, i) => world.sign(`known-${i}`))
  const perToken = await growth(gateway, tokens, () =>
    ask(ground, { tokens: names, times: tokens, connections: sizes.connections }),
  )
  return {
    residentMiB: Object.fromEntries(resident),
    tokenBytes: perToken,
    connectionBytes: perConnection,
    holdBytes: (await redisBytes(world, saleId)) / holds,
  }
}

/** By how much the process grew at most while it worked, in bytes for each of so many. */
async function growth(pid: number, count: number, work: () => Promise<void>): Promise<number> {
  const before = residentMiB(pid)
  let most = before
  const looking = setInterval(() => {
    most = Math.max(most, residentMiB(pid))
  }, lookEveryMs)
  await work().finally(() => clearInterval(looking))
  return (Math.max(most, residentMiB(pid)) - before) * (bytesOfMiB / count)
}

type Ask = { tokens: readonly string[]; times: number; connections: number }

async function ask({ world }: Ground, { tokens, times, connections }: Ask): Promise<void> {
  const requests = Array.from({ length: times }, (_, i) =>
    getRequest('/v1/orders/none', tokens[i % tokens.length] as string),
  )
  const load = { port: world.gatewayPort, requests, connections, spanMs, expect: { status: 404 } }
  const report = await world.generator.run(load)
  if (report.expected < times) throw new ThrownAway(JSON.stringify(report.others))
}
