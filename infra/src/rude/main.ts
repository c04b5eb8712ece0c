import { writeFileSync } from 'node:fs'
import { ownStateDir } from '../checkout.ts'
import { commit, machine } from '../machine.ts'
import { type Stack, startStack } from '../stack/stack.ts'
import { type RudeOptions, readRudeOptions } from './options.ts'
import { runRude } from './run-rude.ts'
import { page, type RudeSummary } from './tables.ts'

const connectionsMax = 3_500 // fewer than the rude clients at their most: there is no room for all

/** All kinds of rude clients at once, beside ordinary buyers: is each ended, does anything leak? */
export async function rude(args: string[]): Promise<number> {
  const options = readRudeOptions(args)
  const stateDir = ownStateDir('rude')
  console.error('starting Postgres, Redis, Kafka, the bank and the services')
  const stack = await startStack({
    stateDir,
    fresh: true,
    collectsEarly: true,
    external: {}, // the gateway's files and memory are read in /proc
    env: {
      gateway: { CONNECTIONS_MAX: String(connectionsMax) },
      payment: { CHECK_BACK_EVERY_MS: '1000' },
    },
  })
  try {
    const summary = await run(stack, options, args)
    console.log(page(summary))
    if (options.json) writeFileSync(options.json, `${JSON.stringify(summary, null, 2)}\n`)
    if (!summary.passed) console.error(`logs and data are kept in ${stateDir}`)
    await stack.stop({ wipe: summary.passed })
    return summary.passed ? 0 : 1
  } catch (error) {
    await stack.stop() // nothing of it may go on without us
    throw error
  }
}

async function run(stack: Stack, options: RudeOptions, args: string[]): Promise<RudeSummary> {
  const facts = { commit: commit(), date: new Date().toISOString(), machine: machine() }
  const figures = await runRude(stack, options)
  return {
    ...facts,
    command: `./dev rude ${args.join(' ')}`.trim(),
    minutes: options.minutes,
    connectionsMax,
    passed: figures.failures.length === 0,
    ...figures,
  }
}
