import { writeFileSync } from 'node:fs'
import { ownStateDir } from '../checkout.ts'
import { commit, machine } from '../machine.ts'
import type { External } from '../stack/settings.ts'
import { startStack } from '../stack/stack.ts'
import { hotFigures } from './hot-figures.ts'
import { measureHotPath } from './hot-path.ts'
import { readBenchOptions } from './options.ts'
import { type Plan, quickPlan, type Section, wholePlan } from './plan.ts'
import { startReferences } from './references/start-references.ts'
import type { Summary } from './summary.ts'
import { page } from './tables.ts'
import { withWorld } from './world.ts'

/** The hot path beside a bare web server, in one interleaved run; then what stands behind it. */
export async function bench(args: string[]): Promise<number> {
  const options = readBenchOptions(args)
  const date = new Date().toISOString()
  const startedAt = performance.now()
  const measured = await runBench({
    stateDir: ownStateDir('bench'),
    plan: options.quick ? quickPlan : wholePlan,
    only: options.only,
    external: {}, // their CPU is counted: they have to be ours
  })
  const summary: Summary = {
    commit: commit(),
    command: `./dev bench ${args.join(' ')}`.trim(),
    date,
    machine: machine(),
    quick: options.quick,
    tookMs: Math.round(performance.now() - startedAt),
    ...measured,
  }
  console.log(page(summary))
  if (options.json) writeFileSync(options.json, `${JSON.stringify(summary, null, 2)}\n`)
  return 0
}

export type Run = {
  stateDir: string
  plan: Plan
  only: readonly Section[]
  external?: External
}

/** Fails, and has no figures, when a 202 is not in the ledger or an audit is not exact. */
export async function runBench({ stateDir, plan, only, external }: Run): Promise<Measured> {
  console.error('starting Postgres, Redis, Kafka, the bank and the services')
  const stack = await startStack({
    stateDir,
    fresh: true,
    ...(external && { external }),
    env: { inventory: { STREAM_ENTRIES_MAX: '1000000' } }, // the ledger waits while intake is measured
  })
  try {
    return await withWorld(stack, plan, async (world) => {
      const references = await startReferences(stack)
      try {
        const setting = { world, references }
        const hot = only.includes('hot') ? await measureHotPath(setting) : undefined
        return { ...(hot && { hot: { figures: hotFigures(hot), rounds: hot } }) }
      } finally {
        await references.stop()
      }
    })
  } finally {
    await stack.stop({ wipe: true })
  }
}
type Measured = Pick<Summary, 'hot'>
