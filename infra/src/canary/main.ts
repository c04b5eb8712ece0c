import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ownStateDir } from '../checkout.ts'
import { whole, writable } from '../demo/options.ts'
import { createFailpoints } from '../drill/failpoints.ts'
import { olderCheckout, olderCommit } from '../drill/older-checkout.ts'
import { claimNoneFailed, claimPaid } from '../drill/scenes/rolling-restart.ts'
import { page } from '../drill/tables.ts'
import { drillWorld } from '../drill/world.ts'
import { commit, machine } from '../machine.ts'
import { type Stack, startStack } from '../stack/stack.ts'
import { tokenSigner } from '../stack/tokens.ts'
import { createOperator } from './operator.ts'
import { rollBackStep } from './roll-backs.ts'
import { type CanaryWorld, headerStep, splitSteps } from './steps.ts'
import { type CanaryFigures, tables } from './tables.ts'
import { createWitness, witnessPreload } from './witness.ts'

const scale = { gateway: 2, order: 2, payment: 2 }
const quickCheckBack = { CHECK_BACK_EVERY_MS: '1000' } // a sale of seconds
const rateUsual = 60
const rateMax = 1_000
const seedMax = 2 ** 32 - 1
const warmUpMs = 3_000
const minutes = 3 // about

/** Two releases of order and payment beside each other, split by gateways, and rolled back when one goes bad. */
export async function canary(args: string[]): Promise<number> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ args, options: { rate: text, seed: text, json: text } })
  const seed = whole('seed', values.seed ?? '1', { min: 0, max: seedMax })
  const rate = { min: 1, max: rateMax }
  const attemptsPerSecond = whole('rate', values.rate ?? String(rateUsual), rate)
  const json = values.json === undefined ? undefined : writable(values.json)
  const options = { minutes, seed, attemptsPerSecond, only: [], json, all: false, list: false }
  const releases = await findReleases()
  const stateDir = ownStateDir('canary')
  const startedAt = performance.now()
  const stack = await startTwoReleases(stateDir, releases)
  const startUpMs = Math.round(performance.now() - startedAt)
  console.error(`all ready after ${(startUpMs / 1_000).toFixed(1)} s`)
  try {
    const failpoints = createFailpoints(join(stateDir, 'failpoints'))
    const date = new Date().toISOString()
    const { world, finish } = drillWorld({ stack, failpoints, options })
    const figures = await play(world, stack, releases)
    const command = `./dev canary ${args.join(' ')}`.trim()
    const run = { commit: commit(), command, date, machine: machine(), startUpMs }
    const summary = await finish({ ...run, seed, minutes, attemptsPerSecond })
    console.log(`${tables(figures)}\n\n${page(summary)}`)
    if (json) writeFileSync(json, `${JSON.stringify({ ...figures, ...summary }, null, 2)}\n`)
    if (!summary.passed) console.error(`logs and data are kept in ${stateDir}`)
    await stack.stop({ wipe: summary.passed })
    return summary.passed ? 0 : 1
  } catch (error) {
    await stack.stop() // nothing of it may go on without us
    throw error
  }
}

type Releases = { stable: string; canary: string; stableCheckout: string | undefined }

/** The release before as stable and this one as canary; without a history both are this one, which is said. */
async function findReleases(): Promise<Releases> {
  const canary = commit().replaceAll(' ', '-')
  try {
    const stableCheckout = await olderCheckout()
    return { stable: olderCommit(), canary, stableCheckout }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    console.error(`both releases are this one, for there is no older one to be had: ${why}`)
    return { stable: canary, canary, stableCheckout: undefined }
  }
}

async function startTwoReleases(stateDir: string, releases: Releases): Promise<Stack> {
  const { stable, canary, stableCheckout } = releases
  console.error(
    `starting everything: order and payment are ${stable}, order-2 and payment-2 ${canary}`,
  )
  const witness = { FLASHSALE_WITNESS: join(stateDir, 'witness') }
  const ofCanary = { BACKGROUND: 'off', RELEASE: canary, ...witness }
  const ofStable = { RELEASE: stable, ...witness }
  return await startStack({
    stateDir,
    fresh: true,
    external: {}, // what is spoilt here is nobody else's
    scale,
    canaries: ['order', 'payment'],
    checkouts: stableCheckout ? { order: stableCheckout, payment: stableCheckout } : {},
    nodeImports: [witnessPreload],
    env: {
      order: ofStable,
      payment: { ...ofStable, ...quickCheckBack },
      'order-2': ofCanary,
      'payment-2': ofCanary,
    },
  })
}

type DrillWorld = ReturnType<typeof drillWorld>['world']

async function play(world: DrillWorld, stack: Stack, releases: Releases): Promise<CanaryFigures> {
  const sign = tokenSigner(stack.settings.secrets.jwt)
  const operator = createOperator(stack, sign('operator', 'admin'))
  const witness = createWitness(join(stack.stateDir, 'witness'))
  const at: CanaryWorld = { world, operator, witness, release: releases.canary }
  world.report.enter('canary')
  await world.pause(warmUpMs)
  const before = world.load.requests()
  const { shares, slowestMs } = await splitSteps(at)
  await headerStep(at)
  const rollBacks = [
    await rollBackStep(at, {
      service: 'order',
      what: 'a third of its answers are 500, the work done',
      fault: { errorRatio: 1 / 3 },
      cause: 'errors',
    }),
    await rollBackStep(at, {
      service: 'order',
      what: 'its answers take 0.9 s',
      fault: { slowMs: 900 },
      cause: 'slow',
    }),
    await rollBackStep(at, {
      service: 'payment',
      what: 'half of its answers are 500, the work done',
      fault: { errorRatio: 0.5 },
      cause: 'errors',
    }),
    await rollBackStep(at, { service: 'order', what: 'killed', cause: 'errors' }),
  ]
  world.report.claim('a change is everywhere within 2 s', slowestMs <= 2_000, slowestMs)
  claimNoneFailed(world, before)
  claimPaid(world)
  const fellBack = await operator.fellBack('order')
  return {
    releases: { stable: releases.stable, canary: releases.canary },
    shares,
    rollBacks,
    fellBack,
  }
}
