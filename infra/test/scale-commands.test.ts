import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitUntil } from '../src/wait-until.ts'
import { checkout } from './checkout.ts'

const restartMaxMs = 2_000
const readyMaxMs = 15_000
const patience = 8 // these times are promised on a machine that does nothing else

const two = ['gateway', 'inventory', 'order', 'payment'].flatMap((name) => ['--scale', `${name}=2`])
const instances = [
  'balancer',
  'bank',
  ...['gateway', 'gateway-2', 'inventory', 'inventory-2'],
  ...['order', 'order-2', 'payment', 'payment-2'],
]

test('two of each run behind one address, each is listed, and each comes back by itself', async (t) => {
  const { base, dev, ps } = await checkout(t)
  const up = await dev(['up', '--wait', ...two])
  assert.equal(up.code, 0, up.err)
  const rows = await ps()
  assert.deepEqual(rows.map(({ name }) => name).sort(), instances)
  assert.equal(new Set(rows.map(({ pid }) => pid)).size, instances.length)
  assert.ok(rows.every(({ state }) => state === 'ready'))
  for (const { pid } of rows) process.kill(pid, 0) // a real process each

  const { out } = await dev(['env'])
  assert.match(out, new RegExp(`^FLASHSALE_URL=http://127.0.0.1:${base}$`, 'm'))
  for (const { url } of rows) assert.equal((await fetch(`${url}/readyz`)).status, 200)

  for (const name of ['gateway-2', 'balancer']) {
    const killed = rows.find((row) => row.name === name)?.pid ?? assert.fail(`no ${name}`)
    process.kill(killed, 'SIGKILL')
    const row = async () => (await ps()).find((one) => one.name === name)
    const isStarted = async () => ![null, killed].includes((await row())?.pid ?? null)
    await waitUntil(`another ${name}`, isStarted, patience * restartMaxMs)
    const isReady = async () => (await row())?.state === 'ready'
    await waitUntil(`${name} to be ready`, isReady, patience * readyMaxMs)
  }

  const other = await dev(['up', '--scale', 'order=3'])
  assert.equal(other.code, 1)
  assert.match(other.err, /already up with other numbers/)
  assert.equal((await dev(['down'])).code, 0)
  assert.deepEqual(await ps(), [])
})

test('numbers that cannot be had are refused before anything starts', async (t) => {
  const { dev, ps } = await checkout(t)
  const refused = {
    'order=5': /1 to 4 of order/,
    'order=0': /1 to 4 of order/,
    'kafka=2': /1 or 3 of kafka/,
    'redis=2': /one redis only/,
    'cashier=2': /NAME=N, not cashier=2/,
    order: /NAME=N, not order/,
  }
  for (const [scale, reason] of Object.entries(refused)) {
    const { code, out, err } = await dev(['up', '--scale', scale])
    assert.deepEqual([code, out], [2, ''])
    assert.match(err, reason)
  }
  const twice = await dev(['up', '--scale', 'order=2', '--scale', 'order=3'])
  assert.match(twice.err, /names order twice/)
  const others = await dev(['up', '--scale', 'kafka=3'], { KAFKA_BROKERS: '127.0.0.1:1' })
  assert.equal(others.code, 1)
  assert.match(others.err, /KAFKA_BROKERS names servers of others/)
  assert.deepEqual(await ps(), [])
})
