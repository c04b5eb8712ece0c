import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { request } from '@flashsale/test-kit/http.ts'
import { startSystem } from '@flashsale/test-kit/system.ts'
import { createWitness, orderOf, witnessPreload } from '../../src/canary/witness.ts'
import { countBy } from './buyer.ts'
import { metricOf } from './metric-of.ts'
import { openSale } from './sale.ts'
import { startCrowd } from './whole-way.ts'

const limitMs = 120_000 // on a machine that may be busy
const buyers = 24
const half = {
  release: 'next',
  weightPercent: 50,
  rollBack: { callsMin: 20, windowSeconds: 60 },
}

test('half of the buyers are served by a canary, each by one release; gone bad, it is left, and every order ends', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'flashsale-canary-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const witness = createWitness(folder)
  const watched = (instance: string) => ({ INSTANCE: instance, FLASHSALE_WITNESS: folder })
  const system = await startSystem(t, {
    canaries: { order: { RELEASE: 'next', BACKGROUND: 'off' }, inventory: { RELEASE: 'next' } },
    env: { order: watched('order-0'), inventory: watched('inventory-0') },
    nodeImports: { order: [witnessPreload], inventory: [witnessPreload] },
  })
  const { gateway } = system.urls
  const split = async (body: object) => {
    const wanted = { method: 'PUT', token: system.token('operator', 'admin'), body }
    const answer = await request(`${gateway}/v1/admin/canary`, wanted as object)
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
  }
  const ordersAt = (instance: string, sinceMs = 0) =>
    new Set(
      witness
        .seen(instance, sinceMs)
        .map(orderOf)
        .filter((id) => id !== undefined),
    )

  await split({ order: half, inventory: half })
  const sale = await openSale(system, { stock: 5_000 })
  const crowd = startCrowd(system, sale.id, { lanes: 4 })
  await crowd.goesOn(buyers, limitMs)
  const tracks = () => {
    const [stable, canary] = [ordersAt('order-0'), ordersAt('order-1')]
    return { stable: stable.size, canary: canary.size, both: stable.intersection(canary).size }
  }
  await until(() => Math.min(tracks().stable, tracks().canary) >= buyers / 6, {
    timeoutMs: limitMs,
    what: 'both releases to have served some',
  })
  t.diagnostic(JSON.stringify(tracks()))
  assert.equal(tracks().both, 0) // a buyer has one order here
  for (const instance of ['inventory-0', 'inventory-1']) {
    const purchases = witness.seen(instance, 0).filter(({ path }) => path === '/internal/reserve')
    assert.ok(purchases.length > 0, `${instance} has seen no purchase`)
  }
  const ok = 'service="order",track="canary",release="next",outcome="ok"'
  assert.ok(((await metricOf(gateway, 'gateway_track_calls_total', ok)) ?? 0) > 0)

  const { body: told } = await request(`${system.urlOf('order-2')}/metrics`)
  assert.doesNotMatch(String(told), /^(inbox_handled_total|lease_held)\{/m) // calls alone

  witness.suffer('order-1', { errorRatio: 1 })
  const isLeft = async () =>
    (await metricOf(gateway, 'gateway_canary_rolled_back', 'service="order"')) === 1
  await until(isLeft, { timeoutMs: limitMs, what: 'the canary to be rolled back' })
  const errors = 'service="order",cause="errors"'
  assert.equal(await metricOf(gateway, 'gateway_canary_roll_backs_total', errors), 1)
  await crowd.goesOn(buyers / 4, limitMs) // those on their way then have their answers
  const sinceMs = Date.now()
  await crowd.goesOn(buyers, limitMs)
  assert.equal(ordersAt('order-1', sinceMs).size, 0)
  assert.ok(ordersAt('order-0', sinceMs).size >= buyers / 2)

  const receipts = await crowd.stop()
  assert.equal(crowd.met().lost, 0)
  const ends = countBy(await sale.ends(receipts, limitMs), ({ status }) => status)
  assert.deepEqual(ends, { paid: receipts.length })
  const books = await sale.atRest()
  assert.equal(books.sold, receipts.length)
})
