import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { postgresPart, superuserUrl } from '../src/parts/postgres.ts'
import { removePostgresData } from '../src/parts/postgres-files.ts'
import { postgresStandbyPart, promote } from '../src/parts/postgres-standby.ts'
import { startProxy } from '../src/proxy/proxy.ts'
import { freePorts } from '../src/stack/ports.ts'
import type { Part } from '../src/supervisor/part.ts'
import { Runner } from '../src/supervisor/runner.ts'
import { temporaryFolder } from './fake-part.ts'

const rowsMin = 200
const patienceMs = 60_000
const pollMs = 5

/** A folder for servers that end with the test, the one started last first. */
export function postgresLab(t: TestContext) {
  const runners: Runner[] = []
  const clients: Client[] = []
  const stateDir = temporaryFolder(t, async () => {
    await Promise.all(clients.map((client) => client.end().catch(() => {})))
    for (const runner of [...runners].reverse()) await runner.stop()
    removePostgresData(stateDir)
  })
  return {
    stateDir,
    password: 'only-for-this-test',
    async run(part: Part): Promise<Runner> {
      const logFile = join(stateDir, `${part.name}.log`)
      const runner = new Runner(part, { logFile, onChange: () => {} })
      runners.push(runner)
      runner.start(Promise.resolve())
      await inTime(runner.ready, part.name)
      return runner
    },
    async open(port: number): Promise<Client> {
      const client = new Client({ connectionString: superuserUrl(port, this.password) })
      client.on('error', () => {}) // its server may go away
      clients.push(client)
      await client.connect()
      return client
    },
  }
}

/** A primary and its standby, both real, and nothing else. */
export async function startPair(t: TestContext, mode: 'synchronous' | 'asynchronous') {
  const lab = postgresLab(t)
  const { stateDir, password } = lab
  const ports = await freePorts()
  const [port, standbyPort] = [ports.postgres, ports.postgresStandby]
  const replication = await startProxy({ target: port })
  t.after(() => replication.close())
  const primaryRunner = await lab.run(postgresPart({ stateDir, password, port }))
  const standbyPart = postgresStandbyPart({
    stateDir,
    password,
    mode,
    port: standbyPort,
    primaryPort: port,
    upstreamPort: replication.port,
    replicationPassword: password,
  })
  await lab.run(standbyPart)
  /** SIGKILL, for good, then the standby takes over; milliseconds until it took a write. */
  async function failOver(): Promise<number> {
    const killedAt = performance.now()
    primaryRunner.kill()
    await primaryRunner.stop()
    await promote(superuserUrl(standbyPort, password))
    return performance.now() - killedAt
  }
  /** SIGKILL; resolves when it answers again. */
  async function restartPrimary(): Promise<void> {
    primaryRunner.kill()
    await until(async () => primaryRunner.status.state === 'ready')
  }
  // Of the two connections to the primary one writes, the other looks on.
  const [primary, watcher] = [await lab.open(port), await lab.open(port)]
  const [standby, reader] = [await lab.open(standbyPort), await lab.open(standbyPort)]
  const clients = { primary, watcher, standby, reader }
  const [url, open] = [superuserUrl(port, password), () => lab.open(port)]
  return { ...clients, url, open, replication, failOver, restartPrimary }
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

async function inTime(ready: Promise<void>, name: string): Promise<void> {
  const late = sleep(patienceMs, undefined, { ref: false })
  await Promise.race([
    ready,
    late.then(() => {
      throw new Error(`${name} is not ready in time`)
    }),
  ])
}
