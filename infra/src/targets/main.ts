import { writeFileSync } from 'node:fs'
import { ownStateDir } from '../checkout.ts'
import { commit, machine } from '../machine.ts'
import { readTargetsOptions } from './options.ts'
import { runTargets } from './run-targets.ts'
import { wholeSizes } from './sizes.ts'
import type { TargetsSummary } from './summary.ts'
import { page } from './tables.ts'

/** What was aimed at, a row each, measured in one run. A target that is missed fails nothing. */
export async function targets(args: string[]): Promise<number> {
  const options = readTargetsOptions(args)
  const date = new Date().toISOString()
  const startedAt = performance.now()
  const measured = await runTargets({
    stateDir: ownStateDir('targets'),
    sizes: wholeSizes,
    parts: options.parts,
    external: {}, // their CPU is counted: they have to be ours
  })
  const summary: TargetsSummary = {
    commit: commit(),
    command: `./dev targets ${args.join(' ')}`.trim(),
    date,
    machine: machine(),
    tookMs: Math.round(performance.now() - startedAt),
    ...measured,
  }
  console.log(page(summary))
  if (options.json) writeFileSync(options.json, `${JSON.stringify(summary, null, 2)}\n`)
  return 0
}
