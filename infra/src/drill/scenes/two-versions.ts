import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { topics } from '@flashsale/contracts/topics.ts'
import { readTopic } from '@flashsale/messaging/read-topic.ts'
import { root } from '../../checkout.ts'
import { servicePart, services } from '../../parts/services.ts'
import type { Ended } from '../../supervisor/runner.ts'
import { ask } from '../ledger.ts'
import type { Scene, World } from '../scene.ts'
import type { Component } from '../strike.ts'
import { claimEnds, claimNoneFailed, claimPaid } from './rolling-restart.ts'

const two = { gateway: 2, inventory: 2, order: 2, payment: 2, kafka: 3 }
const paidMeanwhile = 10 // by each of two releases, beside each other
const limitMs = 90_000
const newest = { cwd: root }
const writesVersion2 = { ...newest, env: { PAYMENT_CAPTURED_VERSION: '2' } }
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** docs/change.md, step by step, from the release before to this one. */
export const twoVersions: Scene = {
  name: 'two-versions',
  what: 'the release before becomes this one, instance by instance: expand, event version 2, contract',
  needs: { scale: two, older: true },
  async run(world) {
    const before = world.load.requests()
    const ends: Ended[] = []
    const roll = async (name: string, as: typeof newest = newest) => {
      await world.load.freshSale() // so that there is something to sell
      ends.push(...(await restarted(world, name, as)))
    }
    await roll('order-2') // its start expands the table under the older one
    await bothPay(world)
    await claimContract(world, false)
    await roll('payment-2')
    await roll('order')
    await roll('payment-2', writesVersion2)
    await bothVersionsWritten(world) // version 1 still comes of the older payment
    await roll('payment', writesVersion2)
    for (const service of ['inventory', 'gateway'] as const) {
      for (const name of [service, `${service}-2`]) await roll(name)
    }
    await claimContract(world, true)
    await claimPaidAfter(world)
    claimEnds(world, ends)
    claimNoneFailed(world, before)
    claimPaid(world)
  },
}

async function restarted(world: World, name: string, as: typeof newest): Promise<Ended[]> {
  const component: Component = services.find((service) => name.startsWith(service)) ?? 'gateway'
  const ends: Ended[] = []
  await world.strike({
    component,
    way: 'restarted',
    name,
    async hit() {
      const ended = await world.stack.restart(name, as)
      if (ended) ends.push(ended)
      return undefined
    },
  })
  return ends
}

/** Only the newer release says when an order was paid: each has paid some since both are there. */
async function bothPay(world: World): Promise<void> {
  const count = async () => {
    const text = `select count(*) filter (where paid_at is null)::int as older,
                         count(paid_at)::int as newer from orders where state = 'paid'`
    const [paid] = await ask<{ older: number; newer: number }>(world.stack, text, [], 'order')
    return paid ?? { older: 0, newer: 0 }
  }
  const begun = await count()
  const since = async () => {
    const { older, newer } = await count()
    return { older: older - begun.older, newer: newer - begun.newer }
  }
  const isEnough = ({ older, newer }: { older: number; newer: number }) =>
    Math.min(older, newer) >= paidMeanwhile
  const wait = { limitMs, what: 'orders paid by both releases' }
  const seen = await world.until(async () => {
    const paid = await since()
    return isEnough(paid) && paid
  }, wait)
  world.report.claim('both releases of order paid orders beside each other', true, seen)
}

async function bothVersionsWritten(world: World): Promise<void> {
  const { kafka, topicPrefix } = world.stack.addresses
  const source = { brokers: kafka.split(','), topicPrefix, log: quiet }
  const wait = { limitMs, what: 'both versions of payment.captured' }
  let before: number | undefined
  const seen = await world.until(async () => {
    const written = { version1: 0, version2: 0 }
    await readTopic(source, topics.payments, async (messages) => {
      for (const { headers } of messages) {
        if (headers.type === 'payment.captured') {
          written[headers.version === '2' ? 'version2' : 'version1']++
        }
      }
    })
    before ??= written.version1
    const since = { ...written, version1: written.version1 - before }
    return Math.min(since.version1, since.version2) >= paidMeanwhile && since
  }, wait)
  world.report.claim('both versions of payment.captured were written beside each other', true, seen)
}

/** The program that a person runs: refused while an older release is connected. */
async function claimContract({ stack, report }: World, runs: boolean): Promise<void> {
  const { stateDir, settings, addresses: to } = stack
  const common = { stateDir, settings, to, imports: [], extraEnv: {} }
  const { env } = servicePart({ ...common, service: 'order', index: 0 })
  const main = join(root, 'services/order/src/contract/main.ts')
  const ended = await promisify(execFile)(process.execPath, [main], { env, cwd: root }).then(
    ({ stdout }) => ({ ran: true, said: stdout.trim() }),
    ({ stderr = '' }) => ({ ran: false, said: /an older release is connected/.exec(stderr)?.[0] }),
  )
  const what = runs ? 'the contract ran when no older release was left' : 'the contract was refused'
  report.claim(what, ended.ran === runs && ended.said !== undefined, ended.said)
}

/** Nothing is left out of the new column, and orders are paid as before. */
async function claimPaidAfter(world: World): Promise<void> {
  const count = async () => {
    const text = `select count(*)::int as paid, count(paid_at)::int as dated from orders where state = 'paid'`
    const [row] = await ask<{ paid: number; dated: number }>(world.stack, text, [], 'order')
    return row ?? { paid: 0, dated: 0 }
  }
  const begun = await count()
  await world.load.freshSale()
  const wait = { limitMs, what: 'orders paid after the contract' }
  const seen = await world.until(async () => {
    const now = await count()
    return now.paid >= begun.paid + paidMeanwhile && now
  }, wait)
  world.report.claim(
    'every paid order says when, also those of before',
    seen.paid === seen.dated,
    seen,
  )
}
