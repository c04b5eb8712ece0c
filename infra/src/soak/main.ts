import { writeFileSync } from 'node:fs'
import { ownStateDir } from '../checkout.ts'
import { commit, machine } from '../machine.ts'
import { startStack } from '../stack/stack.ts'
import { readSoakOptions, type SoakOptions } from './options.ts'
import { memoryPicture } from './picture.ts'
import { runSoak } from './run-soak.ts'
import { seriesOf } from './series.ts'
import { type Gathered, type Summary, summarize } from './summary.ts'
import { page } from './tables.ts'

const single = {}
const fewTokens = { gateway: { TOKENS_KNOWN_MAX: '2000' } } // full within minutes: what it grows to is known
const double = { gateway: 2, inventory: 2, order: 2, payment: 2 } // who wants nines has two of each

/** Sale after sale at half load for half an hour: what grows, and with `--kills` what is answered. */
export async function soak(args: string[]): Promise<number> {
  const options = readSoakOptions(args)
  const { summary, gathered } = await soakOnce(options, args)
  console.log(page(summary))
  if (options.json) {
    const all = { ...summary, series: seriesOf(gathered.samples) }
    writeFileSync(options.json, `${JSON.stringify(all)}\n`)
  }
  if (options.svg) {
    const { attemptsPerSecond, commit } = summary
    const title = `memory of every process · ${attemptsPerSecond} buyers/s · ${commit}`
    writeFileSync(options.svg, memoryPicture(gathered.samples, title))
  }
  return summary.passed ? 0 : 1
}

type Soaked = { summary: Summary; gathered: Gathered }

async function soakOnce(options: SoakOptions, args: string[]): Promise<Soaked> {
  const { minutes, kills, seed } = options
  const stateDir = ownStateDir('soak')
  const date = new Date().toISOString()
  const startedAt = performance.now()
  const scale: Record<string, number> = kills ? double : single
  console.error('starting Postgres, Redis, Kafka, the bank and the services')
  const stack = await startStack({
    stateDir,
    fresh: true,
    external: {}, // their memory is looked at, and they are killed: they have to be ours
    scale,
    env: fewTokens,
    collectsEarly: true,
  })
  try {
    const gathered = await runSoak(stack, options)
    const facts = { commit: commit(), command: `./dev soak ${args.join(' ')}`.trim(), date }
    const tookMs = Math.round(performance.now() - startedAt)
    const run = { ...facts, machine: machine(), seed, minutes, kills, scale, tookMs }
    const summary = summarize(run, gathered)
    if (!summary.passed) console.error(`logs and data are kept in ${stateDir}`)
    await stack.stop({ wipe: summary.passed })
    return { summary, gathered }
  } catch (error) {
    await stack.stop() // nothing of it may go on without us
    throw error
  }
}
