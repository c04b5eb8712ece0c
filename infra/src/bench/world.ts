import { Redis } from 'ioredis'
import { Pool } from 'pg'
import { createDesk, type Desk } from '../demo/desk.ts'
import type { Stack } from '../stack/stack.ts'
import { tokenSigner } from '../stack/tokens.ts'
import { type CpuTimes, type Measured, readCpu } from './cpu.ts'
import { type Generator, startGenerator } from './load/generator.ts'
import type { Plan } from './plan.ts'

/** What every part of the benchmark works with. */
export type World = {
  stack: Stack
  plan: Plan
  generator: Generator
  desk: Desk
  /** The databases of inventory and order, past the services. */
  ledger: Pool
  orders: Pool
  redis: Redis
  sign: (user: string) => string
  /** Every process of the stack that runs here. */
  processes(): Measured[]
  cpu(): CpuTimes
  gatewayPort: number
  say(line: string): void
}

const connections = 2

export async function withWorld<T>(
  stack: Stack,
  plan: Plan,
  work: (world: World) => Promise<T>,
): Promise<T> {
  const { addresses, settings } = stack
  const token = tokenSigner(settings.secrets.jwt)
  const ledger = openPool(addresses.databases.inventory.url)
  const orders = openPool(addresses.databases.order.url)
  const redis = new Redis(addresses.redis)
  const desk = createDesk(addresses.gateway, token('operator', 'admin'))
  const generator = startGenerator()
  const startedAt = performance.now()
  const processes = () =>
    stack.status().flatMap(({ name, pid }) => (pid === null ? [] : [{ name, pid }]))
  try {
    return await work({
      stack,
      plan,
      generator,
      desk,
      ledger,
      orders,
      redis,
      sign: token,
      processes,
      cpu: () => readCpu(processes()),
      gatewayPort: settings.ports.gateway,
      say: (line) => {
        const at = ((performance.now() - startedAt) / 1_000).toFixed(0)
        console.error(`${at.padStart(5)} s  ${line}`)
      },
    })
  } finally {
    await generator.stop()
    await desk.leave()
    redis.disconnect()
    await Promise.all([ledger.end(), orders.end()])
  }
}

function openPool(connectionString: string): Pool {
  const pool = new Pool({ connectionString, max: connections })
  pool.on('error', () => {}) // the query fails with it
  return pool
}
