import { writeFileSync } from 'node:fs'
import { ownStateDir } from '../checkout.ts'
import { commit, machine } from '../machine.ts'
import { planFor } from './needs.ts'
import { readPlanOptions } from './options.ts'
import { measureForPlan } from './run-plan.ts'
import { wholeSteps } from './step-load.ts'
import type { PlanSummary } from './summary.ts'
import { page } from './tables.ts'

/** What a sale of that size needs, from what each attempt, order and payment takes on this machine. */
export async function plan(args: string[]): Promise<number> {
  const { wanted, json } = readPlanOptions(args)
  const date = new Date().toISOString()
  const startedAt = performance.now()
  const measured = await measureForPlan({
    stateDir: ownStateDir('plan'),
    sizes: wholeSteps,
    external: {}, // their CPU is counted: they have to be ours
  })
  const summary: PlanSummary = {
    commit: commit(),
    command: `./dev plan ${args.join(' ')}`,
    date,
    machine: machine(),
    tookMs: Math.round(performance.now() - startedAt),
    wanted,
    ...measured,
    plan: planFor(measured.costs, measured.memory, wanted),
  }
  console.log(page(summary))
  if (json) writeFileSync(json, `${JSON.stringify(summary, null, 2)}\n`)
  return 0
}
