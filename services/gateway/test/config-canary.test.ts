import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type RolledBack, WantedSplit } from '@flashsale/contracts/http/canary.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { startConfigCanary } from '../src/jobs/config-canary.ts'
import { startConfig, startConfigPeer } from './config-parts.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const silent = { on() {}, onReconnect() {}, hears: () => false, stop() {} }
const wait = (what: string) => ({ what, timeoutMs: 10_000 })
const split = WantedSplit.parse({ release: '2', weightPercent: 10, cohort: ['ann'] })
const rolledBack: RolledBack = {
  at: '2030-01-01T00:00:00.000Z',
  gateway: 'gateway-0',
  cause: 'errors',
  why: '5 of 100 calls failed',
}

/** Two gateways; only inventory is played. */
async function startGateways(t: TestContext) {
  const keeper = await startConfigPeer(t)
  const start = (gateway: string) => {
    const config = startConfig(t, keeper.url, silent)
    const canary = startConfigCanary({ config, gateway, log: quiet, everyMs: 20 })
    t.after(canary.stop)
    return { ...canary, config }
  }
  const [one, two] = [start('gateway-0'), start('gateway-1')]
  await Promise.all([one.known, two.known])
  return { keeper, one, two }
}

test('a split is a part of the configuration: set at one gateway, it is a rule at all', async (t) => {
  const { one, two } = await startGateways(t)
  const told: string[] = []
  two.onChange((service) => void told.push(service))
  assert.equal(one.rule('order'), null)
  const none = { inventory: null, payment: null }
  assert.deepEqual(await one.change({ order: split }, 'op'), { ...none, order: split })
  await until(() => two.rule('order') !== null, wait('the other gateway'))
  assert.deepEqual(two.rule('order'), split)
  assert.deepEqual(told, ['order'])
  await two.change({ order: null }, 'op')
  assert.deepEqual(await one.read(), { ...none, order: null })
})

test('a roll-back holds here at once, and everywhere soon, by whom and why; a split set anew is tried anew', async (t) => {
  const { keeper, one, two } = await startGateways(t)
  await one.change({ order: split }, 'op')
  await until(() => two.rule('order') !== null, wait('the other gateway'))
  await one.rollBack('order', rolledBack)
  assert.deepEqual(one.rule('order'), { ...split, rolledBack })
  await until(() => two.rule('order')?.rolledBack !== undefined, wait('the roll-back'))
  const { who, why } = keeper.asked.at(-1) as { who: string; why: string }
  assert.deepEqual([who, why], ['gateway-0', 'rolled back: 5 of 100 calls failed'])
  let told = 0
  two.onChange(() => void told++)
  await two.rollBack('order', { ...rolledBack, gateway: 'gateway-1' }) // it is already
  assert.equal(told, 0)
  assert.equal((await two.read()).order?.rolledBack?.gateway, 'gateway-0')

  await one.change({ order: { ...split, cohort: [] } }, 'op')
  assert.deepEqual(await one.read(), {
    inventory: null,
    order: { ...split, cohort: [] },
    payment: null,
  })
})

test('while inventory is away a roll-back holds here, and is stored when it is back', async (t) => {
  const { keeper, one, two } = await startGateways(t)
  await one.change({ order: split }, 'op')
  await until(() => two.rule('order') !== null, wait('the other gateway'))
  keeper.goAway()
  await one.rollBack('order', rolledBack)
  assert.deepEqual(one.rule('order')?.rolledBack, rolledBack)
  assert.equal(await one.change({ order: null }, 'op'), undefined)
  keeper.goAway(false)
  await until(() => two.rule('order')?.rolledBack !== undefined, wait('the roll-back'))
})

test('a change of something else does not stop a roll-back; a rule set meanwhile is not rolled back', async (t) => {
  const { keeper, one } = await startGateways(t)
  await one.change({ order: split, payment: split }, 'op')
  keeper.goAway()
  await one.rollBack('payment', rolledBack)
  await one.rollBack('order', rolledBack)
  const { version, document } = keeper.told()
  const canary = { order: split, payment: { ...split, release: '3' } }
  const other = { ...document, switches: { stopJoins: true }, canary }
  keeper.tell({ version: version + 1, document: other })
  keeper.goAway(false)
  const stored = () => keeper.told().document.canary as Record<string, { rolledBack?: unknown }>
  await until(() => stored().order?.rolledBack !== undefined, wait('the roll-back'))
  assert.equal(one.config.current().switches.stopJoins, true)
  assert.deepEqual(one.rule('payment'), { ...split, release: '3' })
  assert.equal(stored().payment?.rolledBack, undefined)
})
