/** The bank as a real process, and a shop that writes down what it is told. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { request } from '@flashsale/test-kit/http.ts'
import { freePort, testProcess } from '@flashsale/test-kit/process.ts'

const SECRET = 'a-secret-of-the-bank-for-these-tests-only'

export async function startBank(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'bank-'))
  const journal = join(folder, 'journal')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = { PORT: String(port), BANK_SECRET: SECRET, BANK_JOURNAL: journal }
  const bank = testProcess('bank', 'infra/src/bank/main.ts', env, url)
  t.after(async () => {
    await bank.end('SIGKILL')
    await rm(folder, { recursive: true })
  })
  await bank.start()

  const call = (method: 'GET' | 'POST', path: string, body?: unknown) =>
    request(url + path, { method, body })
  return {
    url,
    journal,
    secret: SECRET,
    call,
    kill: () => bank.end('SIGKILL'),
    restart: () => bank.start(),
    /** Opens a checkout and gives its path. */
    async checkout({ callbackUrl = 'http://127.0.0.1:1/nobody', amountMinor = 1000 } = {}) {
      const paymentId = randomUUID()
      await call('POST', '/checkouts', { paymentId, amountMinor, currency: 'EUR', callbackUrl })
      return `/checkouts/${paymentId}`
    },
  }
}

export type Heard = { body: string; signature: string; socket: Socket; atMs: number }

/** Answers `status` when `open` has resolved; a test may change both. */
export async function startShop(t: TestContext) {
  const heard: Heard[] = []
  const shop = { status: 200, open: Promise.resolve(), heard, url: '' }
  const server = createServer(async (call, response) => {
    const atMs = Date.now()
    const body = Buffer.concat(await call.toArray()).toString()
    const signature = String(call.headers['bank-signature'])
    heard.push({ body, signature, socket: call.socket, atMs })
    await shop.open
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
