import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRandom } from '@flashsale/simulation/random.ts'
import { ownStateDir } from '../checkout.ts'
import { commit, machine } from '../machine.ts'
import { type Stack, startStack } from '../stack/stack.ts'
import { createDeck } from './deck.ts'
import { createFailpoints, failpointsPreload } from './failpoints.ts'
import { olderCheckout } from './older-checkout.ts'
import { playProgramme, playScene } from './play.ts'
import { programmeOf } from './programme.ts'
import { type DrillOptions, readDrillOptions } from './run-options.ts'
import type { Scene, StackNeeds } from './scene.ts'
import { scenes } from './scenes.ts'
import type { Summary } from './summary.ts'
import { page } from './tables.ts'
import { drillWorld } from './world.ts'

const scale = { gateway: 2, inventory: 2, order: 2, payment: 2, kafka: 3 }
/** A sale of seconds: a payment that the bank keeps quiet about is found within the time to pay. */
const quickCheckBack = { CHECK_BACK_EVERY_MS: '1000' }

/** Sale after sale under load while everything is killed, frozen, cut off and slowed; then the books. */
export async function drill(args: string[]): Promise<number> {
  const options = readDrillOptions(
    args,
    scenes.map(({ name }) => name),
  )
  if (options.list) {
    for (const { name, what } of scenes) console.log(`${name.padEnd(26)} ${what}`)
    return 0
  }
  const groups = groupsOf(options)
  let passed = true
  for (const [index, group] of groups.entries()) {
    const suffix = index === 0 ? '' : `-${index + 1}`
    passed = (await drillOnce(options, group, { args, suffix })) && passed
  }
  return passed ? 0 : 1
}

type Group = { needs: StackNeeds; scenes: Scene[] }

/** Scenes that share a stack; without `--only` and `--all` those that need none of their own. */
function groupsOf({ only, all }: DrillOptions): Group[] {
  const wanted = scenes.filter(({ name, needs }) => {
    return only.length === 0 ? all || !needs : only.includes(name)
  })
  const byNeeds = Map.groupBy(wanted, ({ needs = {} }) => JSON.stringify(needs))
  return [...byNeeds].map(([needs, group]) => ({ needs: JSON.parse(needs), scenes: group }))
}

type Asked = { args: string[]; suffix: string }

async function drillOnce(options: DrillOptions, group: Group, asked: Asked): Promise<boolean> {
  const stateDir = ownStateDir('drill')
  const startedAt = performance.now()
  console.error('starting Postgres, Redis and its copy, three brokers, the bank and the services')
  const stack = await startDrillStack(stateDir, group.needs)
  const startUpMs = Math.round(performance.now() - startedAt)
  console.error(`all ready after ${(startUpMs / 1_000).toFixed(1)} s`)

  try {
    const summary = await playOn(stack, options, group, { args: asked.args, startUpMs })
    console.log(page(summary))
    if (options.json) {
      const file = options.json.replace(/(\.json)?$/, `${asked.suffix}.json`)
      writeFileSync(file, `${JSON.stringify(summary, null, 2)}\n`)
    }
    if (!summary.passed) console.error(`logs and data are kept in ${stateDir}`)
    await stack.stop({ wipe: summary.passed })
    return summary.passed
  } catch (error) {
    await stack.stop() // nothing of it may go on without us
    throw error
  }
}

type Started = { args: string[]; startUpMs: number }

async function playOn(
  stack: Stack,
  options: DrillOptions,
  group: Group,
  { args, startUpMs }: Started,
): Promise<Summary> {
  const { seed, minutes } = options
  const date = new Date().toISOString()
  const failpoints = createFailpoints(folderOf(stack.stateDir))
  const { world, finish } = drillWorld({ stack, failpoints, options })
  const random = createRandom(seed + 1)
  if (options.only.length > 0 || Object.keys(group.needs).length > 0) {
    await world.pause(warmUpMs)
    for (const scene of group.scenes) await playScene(world, scene)
  } else {
    const played = programmeOf(group.scenes, minutes, random)
    const deck = createDeck(random)
    await playProgramme({ world, scenes: played, deck, minutes, random })
  }
  const command = `./dev drill ${args.join(' ')}`.trim()
  return await finish({
    commit: commit(),
    command,
    date,
    machine: machine(),
    startUpMs,
    seed,
    minutes,
    attemptsPerSecond: options.attemptsPerSecond,
  })
}

const warmUpMs = 3_000
const folderOf = (stateDir: string) => join(stateDir, 'failpoints')

async function startDrillStack(stateDir: string, { env = {}, older, ...needs }: StackNeeds) {
  const common = { FLASHSALE_FAILPOINTS: folderOf(stateDir) }
  const names = ['gateway', 'inventory', 'order', 'payment'] as const
  const quick = (name: string) => (name === 'payment' ? quickCheckBack : {})
  const each = names.map((name) => [name, { ...common, ...quick(name), ...env[name] }])
  return await startStack({
    stateDir,
    fresh: true,
    external: {}, // what is struck here is nobody else's
    scale,
    proxied: ['redis', 'postgres', 'bank'],
    redisReplica: true,
    nodeImports: [failpointsPreload],
    env: Object.fromEntries(each),
    older: older ? await olderCheckout() : undefined,
    ...needs,
  })
}
