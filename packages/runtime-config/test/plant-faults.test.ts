import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createApp } from '@flashsale/service-kit/app.ts'
import { problemCode } from '@flashsale/service-kit/problem.ts'
import { plantFaults } from '../src/plant-faults.ts'
import { createRuntimeConfig } from '../src/runtime-config.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const DELAY_MS = 60

function testApp(t: TestContext, { allowed = true } = {}) {
  const config = createRuntimeConfig(quiet)
  const app = createApp({ name: 'order', logLevel: 'silent' })
  plantFaults(app, { allowed, service: 'order', instance: 'order-1', config })
  for (const path of ['/internal/orders', '/internal/config']) app.get(path, async () => ({}))
  t.after(() => app.close())
  let version = 0
  return {
    plant: (faults: object) =>
      config.learn({ version: ++version, document: { faults: faults as never } }),
    async ask(path = '/internal/orders') {
      const fromMs = performance.now()
      const answer = await app.inject({ method: 'GET', url: path })
      const tookMs = performance.now() - fromMs
      return { status: answer.statusCode, code: problemCode(answer.json()), tookMs }
    },
  }
}

test('all, a share, or none of the answers fail', async (t) => {
  const { plant, ask } = testApp(t)
  assert.equal((await ask()).status, 200)
  plant({ order: { failedShare: 1 } })
  const { status, code } = await ask()
  assert.deepEqual([status, code], [500, 'internal'])

  plant({ order: { failedShare: 0.3 } })
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => ask()))
  const failed = answers.filter((answer) => answer.status === 500).length
  assert.ok(failed > 200 && failed < 400, `${failed} of 1,000`) // 7 standard deviations
  plant({ order: null })
  plant({})
  assert.equal((await ask()).status, 200)
})

test('a share of the answers comes later', async (t) => {
  const { plant, ask } = testApp(t)
  plant({ order: { delayMs: DELAY_MS } })
  const late = await ask()
  assert.equal(late.status, 200)
  assert.ok(late.tookMs >= DELAY_MS - 2, `${late.tookMs} ms`)
  plant({ order: { delayMs: 10_000, delayedShare: 0 } })
  assert.equal((await ask()).status, 200)
})

test('a fault is for one service, maybe for one instance of it, and never for what takes it back', async (t) => {
  const { plant, ask } = testApp(t)
  plant({ payment: { failedShare: 1 } })
  assert.equal((await ask()).status, 200)
  plant({ order: { failedShare: 1, instance: 'order-0' } })
  assert.equal((await ask()).status, 200)
  plant({ order: { failedShare: 1, instance: 'order-1' } })
  assert.equal((await ask()).status, 500)
  assert.equal((await ask('/internal/config')).status, 200)
  assert.equal((await ask('/healthz')).status, 200)
})

test('a process that was started without leave has no faults', async (t) => {
  const { plant, ask } = testApp(t, { allowed: false })
  plant({ order: { failedShare: 1 } })
  assert.equal((await ask()).status, 200)
})
