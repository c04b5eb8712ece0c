import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { postgresPart, superuserUrl } from '../src/parts/postgres.ts'
import { removePostgresData } from '../src/parts/postgres-files.ts'
import { postgresStandbyPart, promote } from '../src/parts/postgres-standby.ts'
import { startProxy } from '../src/proxy/proxy.ts'
import { freePorts } from '../src/stack/ports.ts'
import { Runner } from '../src/supervisor/runner.ts'
import { temporaryFolder } from './fake-part.ts'

const password = 'only-for-this-test'
const rowsMin = 200
const patienceMs = 60_000
const pollMs = 5

/** A primary and its standby, both real, and nothing else. */
export async function startPair(t: TestContext, mode: 'synchronous' | 'asynchronous') {
  const ports = await freePorts()
  const [port, standbyPort] = [ports.postgres, ports.redis]
  const replication = await startProxy({ target: port })
  const runners: Runner[] = []
  const clients: Client[] = []
  const stateDir = temporaryFolder(t, async () => {
    await Promise.all(clients.map((client) => client.end().catch(() => {})))
    await replication.close()
    for (const runner of [...runners].reverse()) await runner.stop()
    removePostgresData(stateDir)
  })
  const start = async (part: ConstructorParameters<typeof Runner>[0], needs: Promise<unknown>) => {
    const runner = new Runner(part, { logFile: `${stateDir}/${part.name}.log`, onChange: () => {} })
    runners.push(runner)
    runner.start(needs)
    await runner.ready
    return runner
  }
  const common = { stateDir, password }
  const primaryRunner = await start(postgresPart({ ...common, port }), Promise.resolve())
  const replicated = { primaryPort: port, upstreamPort: replication.port, mode }
  const own = { ...common, ...replicated, port: standbyPort, replicationPassword: password }
  await start(postgresStandbyPart(own), Promise.resolve())
  const open = async (to: number) => {
    const client = new Client({ connectionString: superuserUrl(to, password) })
    client.on('error', () => {})
    clients.push(client)
    await client.connect()
    return client
  }
  /** SIGKILL, for good, then the standby takes over; milliseconds until it took a write. */
  async function failOver(): Promise<number> {
    const killedAt = performance.now()
    primaryRunner.kill()
    await primaryRunner.stop()
    await promote(superuserUrl(standbyPort, password))
    return performance.now() - killedAt
  }
  // Of the two connections to the primary one writes, the other looks on.
  const [primary, watcher, standby] = [await open(port), await open(port), await open(standbyPort)]
  return { primary, watcher, standby, replication, failOver }
}

/** Writes one row after another until the connection breaks, and knows which were acknowledged. */
export function startWriter(client: Client) {
  const acknowledged: number[] = []
  async function write(): Promise<void> {
    for (let id = 0; ; id++) {
      await client.query('insert into written values ($1)', [id])
      acknowledged.push(id)
    }
  }
  const broken = write().catch(() => {})
  return {
    acknowledged,
    broken,
    async hasWritten(rows = rowsMin): Promise<void> {
      const goal = acknowledged.length + rows
      await until(async () => acknowledged.length >= goal)
    },
  }
}

export async function until(check: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + patienceMs; !(await check()); await sleep(pollMs)) {
    if (Date.now() > deadline) throw new Error('not in time')
  }
}

export async function rowsOf(client: Client): Promise<Set<number>> {
  const { rows } = await client.query<{ id: number }>('select id from written')
  return new Set(rows.map(({ id }) => id))
}

/** What the writer was told is safe and `server` does not have. */
export async function lostRows(writer: ReturnType<typeof startWriter>, server: Client) {
  await writer.broken
  const found = await rowsOf(server)
  return writer.acknowledged.filter((id) => !found.has(id))
}
