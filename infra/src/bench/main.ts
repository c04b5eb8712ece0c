import { writeFileSync } from 'node:fs'
import { ownStateDir } from '../checkout.ts'
import { commit, machine } from '../machine.ts'
import { readBenchOptions } from './options.ts'
import { quickPlan, wholePlan } from './plan.ts'
import { runBench } from './run-bench.ts'
import type { Summary } from './summary.ts'
import { page } from './tables.ts'

/** The hot path beside a bare web server, in one interleaved run; then what stands behind it. */
export async function bench(args: string[]): Promise<number> {
  const options = readBenchOptions(args)
  const date = new Date().toISOString()
  const startedAt = performance.now()
  const measured = await runBench({
    stateDir: ownStateDir('bench'),
    plan: options.quick ? quickPlan : wholePlan,
    sections: options.sections,
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
