import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createHttpClient } from '@flashsale/service-kit/http-client.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { type AskConfig, askInventory } from '../src/ask-inventory.ts'
import { createRuntimeConfig } from '../src/runtime-config.ts'
import { startConfigWatch } from '../src/watch-config.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const wait = (what: string) => ({ what, timeoutMs: 10_000 })
const stopped = (version: number) => ({ version, document: { switches: { stopJoins: true } } })

function watch(t: TestContext, ...ask: AskConfig[]) {
  const config = createRuntimeConfig(quiet)
  const watching = startConfigWatch({ config, ask, log: quiet, everyMs: 20 })
  t.after(watching.stop)
  return { config, known: watching.known }
}

/** Inventory's route, played by a real server. */
async function startServer(t: TestContext) {
  const told = { body: stopped(0) as object, status: 200, notModified: 0 }
  const server = createServer((request, response) => {
    const etag = `"${(told.body as { version: number }).version}"`
    if (told.status === 200 && request.headers['if-none-match'] === etag) {
      told.notModified++
      return void response.writeHead(304).end()
    }
    response.writeHead(told.status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(told.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const http = createHttpClient(`http://127.0.0.1:${port}`, { timeoutMs: 500 })
  t.after(async () => {
    await http.close()
    server.close()
  })
  return { told, ask: askInventory(http) }
}

test('what inventory tells is in force, and told again only when it is another one', async (t) => {
  const { told, ask } = await startServer(t)
  const { config, known } = watch(t, ask)
  await known
  assert.equal(config.version(), 0)
  told.body = stopped(3)
  await until(() => config.version() === 3, wait('version 3'))
  assert.equal(config.current().switches.stopJoins, true)
  const before = told.notModified
  await until(() => told.notModified > before + 2, wait('more looks'))
})

test('while inventory can’t tell, the next one that can is believed, and nothing is lost', async (t) => {
  const { told, ask } = await startServer(t)
  told.status = 503
  let stored: unknown
  const askStore: AskConfig = async () => (stored === undefined ? undefined : { told: stored })
  const throwing: AskConfig = async () => Promise.reject(new Error('away'))
  const { config } = watch(t, throwing, ask, askStore)
  stored = stopped(7)
  await until(() => config.version() === 7, wait('version 7'))

  told.status = 200
  told.body = stopped(2) // it is behind
  const before = config.ageMs()
  await until(() => config.ageMs() < before || config.ageMs() < 20, wait('it to be heard'))
  assert.equal(config.version(), 7)
  told.body = stopped(8)
  await until(() => config.version() === 8, wait('version 8'))
})
