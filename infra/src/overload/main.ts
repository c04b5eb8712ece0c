import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { wholePlan } from '../bench/plan.ts'
import { withWorld } from '../bench/world.ts'
import { ownStateDir } from '../checkout.ts'
import { writable } from '../demo/options.ts'
import { commit, machine } from '../machine.ts'
import { readNumber } from '../plan/quantity.ts'
import { startStack } from '../stack/stack.ts'
import { aimsOf } from './figures.ts'
import { measureOverload } from './measure.ts'
import { plan as usual } from './plan.ts'
import { page, type Summary } from './tables.ts'

// The gateway's CPU is what is short here: the ledger waits at its fence, and nothing else may close the sale.
const inventory = { STREAM_ENTRIES_MAX: '1000000', ADMISSION_WAIT_MS_MAX: '3600000' }

const text = { type: 'string' } as const

/** Three times what a gateway can do, offered to one with a share of a core. */
export async function overload(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { json: text, connections: text } })
  const json = values.json === undefined ? undefined : writable(values.json)
  const connections = values.connections
    ? readNumber('connections', values.connections, { min: 64, max: 9_000 })
    : usual.connections
  const plan = { ...usual, connections }
  const date = new Date().toISOString()
  const startedAt = performance.now()
  const stateDir = ownStateDir('overload')
  console.error('starting Postgres, Redis, Kafka, the bank and the services')
  const stack = await startStack({ stateDir, fresh: true, external: {}, env: { inventory } })
  let summary: Summary
  try {
    const measured = await withWorld(stack, wholePlan, (world) => measureOverload(world, plan))
    summary = {
      commit: commit(),
      command: `./dev overload ${args.join(' ')}`.trim(),
      date,
      machine: machine(),
      tookMs: Math.round(performance.now() - startedAt),
      cores: plan.cores,
      connections: plan.connections,
      ...measured,
      aims: aimsOf(measured.rounds),
    }
  } catch (error) {
    console.error(`logs and data are kept in ${stateDir}`)
    await stack.stop()
    throw error
  }
  await stack.stop({ wipe: true })
  console.log(page(summary))
  if (json) writeFileSync(json, `${JSON.stringify(summary, null, 2)}\n`)
  return 0
}
