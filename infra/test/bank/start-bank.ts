/** The bank as a real process, and a shop that writes down what it is told. */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'

const MAIN = new URL('../../src/bank/main.ts', import.meta.url).pathname
const SECRET = 'a-secret-of-the-bank-for-these-tests-only'

export async function startBank(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'bank-'))
  const journal = join(folder, 'journal')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = { ...process.env, PORT: String(port), BANK_SECRET: SECRET, BANK_JOURNAL: journal }

  const start = async () => {
    const process = spawn('node', [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const log = createWriteStream(join(folder, 'log'), { flags: 'a' })
    process.stdout.pipe(log)
    process.stderr.pipe(log)
    const isReady = () =>
      fetch(`${url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      )
    await until(isReady, { timeoutMs: 20_000, everyMs: 50, what: 'the bank' })
    return process
  }
  let running = await start()
  const kill = async () => {
    const ended = once(running, 'exit')
    running.kill('SIGKILL')
    await ended
  }
  t.after(async () => {
    await kill()
    await rm(folder, { recursive: true })
  })

  const call = async (method: 'GET' | 'POST', path: string, body?: unknown) => {
    const content = body === undefined ? {} : { body: JSON.stringify(body) }
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(url + path, { method, ...content, ...(body ? { headers } : {}) })
    return { status: answer.status, body: await answer.json() }
  }
  return {
    url,
    journal,
    secret: SECRET,
    call,
    kill,
    async restart() {
      running = await start()
    },
    /** Opens a checkout and gives its path. */
    async checkout({ callbackUrl = 'http://127.0.0.1:1/nobody', amountMinor = 1000 } = {}) {
      const paymentId = randomUUID()
      await call('POST', '/checkouts', { paymentId, amountMinor, currency: 'EUR', callbackUrl })
      return `/checkouts/${paymentId}`
    },
  }
}

export type Heard = { body: string; signature: string; socket: Socket; atMs: number }

/** Answers `status`, which a test may change. */
export async function startShop(t: TestContext) {
  const heard: Heard[] = []
  const shop = { status: 200, heard, url: '' }
  const server = createServer(async (request, response) => {
    const atMs = Date.now()
    const body = Buffer.concat(await request.toArray()).toString()
    const signature = String(request.headers['bank-signature'])
    heard.push({ body, signature, socket: request.socket, atMs })
    response.writeHead(shop.status).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  shop.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callbacks`
  return shop
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
