import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noCanary, type RolledBack } from '@flashsale/contracts/http/canary.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { withoutBuyers } from '../src/http/admin/without-buyers.ts'
import { aRule, startBoard } from './canary-parts.ts'
import { playedConfig, startConfigPeer } from './config-parts.ts'
import { refusal, startPeer } from './peers.ts'

const wait = (what: string) => ({ what, timeoutMs: 15_000 })
const why: RolledBack = {
  at: new Date(0).toISOString(),
  gateway: 'one',
  cause: 'errors',
  why: 'a test',
}

test('what an operator sets, and a roll-back, hold at every gateway, and at one that starts later', async (t) => {
  const keeper = await startConfigPeer(t)
  const [one, two] = [await startBoard(t, keeper.url), await startBoard(t, keeper.url, 'two')]
  assert.deepEqual(await two.read(), noCanary)

  const order = aRule({ weightPercent: 5, cohort: ['ann'] })
  const set = await one.change({ order }, 'operator')
  assert.deepEqual(set, { kind: 'changed', rules: { ...noCanary, order } })
  await until(() => two.rule('order')?.weightPercent === 5, wait('the other to know'))

  await two.rollBack('order', why)
  assert.deepEqual(two.rule('order')?.rolledBack, why)
  await until(() => one.rule('order')?.rolledBack !== undefined, wait('the other to leave it'))
  const late = await startBoard(t, keeper.url, 'late')
  assert.deepEqual(await late.read(), { ...noCanary, order: { ...order, rolledBack: why } })
  const told = keeper.asked.at(-1) as { who: string; why: string }
  assert.deepEqual([told.who, told.why], ['two', 'rolled back: a test'])

  const again = aRule({ weightPercent: 1 })
  await one.change({ order: again }, 'operator') // only an operator brings it back
  await until(() => two.rule('order')?.rolledBack === undefined, wait('the new rule'))
  assert.deepEqual(await late.read(), { ...noCanary, order: again })
})

test('two services rolled back at once, each by another gateway, are both left by all', async (t) => {
  const keeper = await startConfigPeer(t)
  const [one, two] = [await startBoard(t, keeper.url), await startBoard(t, keeper.url, 'two')]
  const rules = { order: aRule({ weightPercent: 5 }), payment: aRule({ weightPercent: 5 }) }
  await one.change(rules, 'operator')
  await until(() => two.rule('payment') !== null, wait('the other to know'))
  await Promise.all([one.rollBack('order', why), two.rollBack('payment', why)])
  for (const board of [one, two]) {
    const both = () => board.rule('order')?.rolledBack && board.rule('payment')?.rolledBack
    await until(() => both() !== undefined, wait('both'))
  }
  const { canary } = keeper.told().document as { canary: Record<string, object> }
  assert.ok(canary.order && 'rolledBack' in canary.order)
  assert.ok(canary.payment && 'rolledBack' in canary.payment)
})

test('a canary is left once: who comes second changes nothing, and without a rule there is none', async (t) => {
  const board = await startBoard(t, (await startConfigPeer(t)).url)
  await board.rollBack('order', why)
  assert.equal(board.rule('order'), null)
  await board.change({ order: aRule() }, 'operator')
  await board.rollBack('order', why)
  await board.rollBack('order', { ...why, gateway: 'two' })
  assert.equal(board.rule('order')?.rolledBack?.gateway, 'one')
})

test('an operator who sets the split meanwhile is later than a roll-back of what stood before', async (t) => {
  const keeper = await startConfigPeer(t)
  const board = await startBoard(t, keeper.url)
  await board.change({ order: aRule({ weightPercent: 5 }) }, 'operator')
  const { rolledBack: _none, ...fixed } = aRule({ weightPercent: 5, release: '0.2.1' })
  const { version } = keeper.told()
  keeper.tell({ version: version + 1, document: { canary: { order: fixed } } }) // not heard yet
  await board.rollBack('order', why)
  await until(() => board.rule('order')?.release === '0.2.1', wait('the new rule'))
  assert.equal(board.rule('order')?.rolledBack, undefined)
  assert.deepEqual(keeper.told().document, { canary: { order: fixed } })
})

test('a canary is left while nobody keeps the configuration, and that is told when somebody does', async (t) => {
  const keeper = await startConfigPeer(t)
  const [one, two] = [await startBoard(t, keeper.url), await startBoard(t, keeper.url, 'two')]
  const order = aRule({ weightPercent: 5 })
  await one.change({ order }, 'operator')
  await until(() => two.rule('order') !== null, wait('the other to know'))

  keeper.goAway()
  await one.rollBack('order', why)
  assert.deepEqual(one.rule('order')?.rolledBack, why)
  assert.deepEqual(await one.change({ order }, 'operator'), { kind: 'unreachable' })
  assert.deepEqual(two.rule('order'), order) // it can't know
  assert.deepEqual(await one.read(), { ...noCanary, order: { ...order, rolledBack: why } })

  keeper.goAway(false)
  await until(() => two.rule('order')?.rolledBack !== undefined, wait('the other to leave it'))
})

test('a roll-back with much to say, by a gateway with a long name, is told like any other', async (t) => {
  const keeper = await startConfigPeer(t)
  const board = await startBoard(t, keeper.url)
  await board.change({ order: aRule() }, 'operator')
  await board.rollBack('order', { ...why, gateway: 'g'.repeat(80), why: 'w'.repeat(500) })
  const { version } = keeper.told()
  await until(() => keeper.told().version > version, wait('the roll-back'))
  const { canary } = keeper.told().document as { canary: Record<string, object> }
  assert.ok(canary.order && 'rolledBack' in canary.order)
})

test('a roll-back that is refused is told once, and this gateway leaves all the same', async (t) => {
  const told: string[] = []
  const keeper = playedConfig()
  const { url } = await startPeer(t, (call) => {
    const { why, change } = (call.body ?? {}) as { why?: string; change?: { canary: object } }
    if (!why?.startsWith('rolled back')) return keeper.handle(call)
    told.push(...Object.keys(change?.canary ?? {}))
    return refusal('invalid-request', 400)
  })
  const board = await startBoard(t, url)
  await board.change({ order: aRule(), payment: aRule() }, 'operator')
  await board.rollBack('order', why)
  await until(() => told.length > 0, wait('it to be told'))
  await board.rollBack('payment', why) // its own is told, order's is not told again
  await until(() => told.includes('payment'), wait('the other to be told'))
  assert.deepEqual(told, ['order', 'payment'])
  assert.ok(board.rule('order')?.rolledBack)
})

test('the record of actions names nobody of a cohort', () => {
  const rule = { release: 'a', cohort: ['ann', 'bob'] }
  const change = { order: rule, differences: [{ at: '/canary/order/cohort/0', after: 'ann' }] }
  const kept = withoutBuyers({ change, more: [{ at: '/canary/order', after: rule }] })
  assert.deepEqual(kept, {
    change: {
      order: { release: 'a', cohort: { buyers: 2 } },
      differences: [{ at: '/canary/order/cohort/0' }],
    },
    more: [{ at: '/canary/order', after: { release: 'a', cohort: { buyers: 2 } } }],
  })
})
