import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ownStateDir } from '../checkout.ts'
import { table } from '../demo/tables.ts'
import { commit, machine } from '../machine.ts'
import { stopOnSignals } from '../stack/stop-on-signals.ts'
import { allSteps } from './api/all-steps.ts'
import { startControlPlane } from './api/control-plane.ts'
import { runSteps, type StepResult } from './api/steps.ts'
import { type Conformity, conform } from './conform.ts'
import { kubeconform, kubernetes, kwok, resourceModules } from './modules.ts'

/**
 * The manifests beside the schemas of the pinned Kubernetes; with --api on a real API server too, with its
 * controllers and scheduler. Exit 0 only if nothing is at fault.
 */
export async function k8s(args: string[]): Promise<number> {
  const options = { api: { type: 'boolean', default: false }, json: { type: 'string' } } as const
  const { values } = parseArgs({ args, options })
  const date = new Date().toISOString()
  const conformity = conform()
  console.log(conformityTable(conformity))
  const conforms = conformity.every(({ faults }) => faults.length === 0)
  const steps = values.api && conforms ? await onApiServer() : []
  if (steps.length > 0) console.log(`\n${stepTable(steps)}`)

  const isWhole = !values.api || steps.length === allSteps.length
  const passed = conforms && isWhole && steps.every((step) => step.passed)
  console.log(passed ? 'PASSED' : 'FAILED')
  const versions = [kubernetes, kubeconform, ...(values.api ? [kwok] : []), ...resourceModules]
  const summary = {
    passed,
    command: `./dev k8s ${args.join(' ')}`.trim(),
    commit: commit(),
    date,
    machine: machine(),
    modules: versions.map(({ path, version }) => `${path}@${version}`),
    conformity,
    steps,
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify(summary, null, 2)}\n`)
  return passed ? 0 : 1
}

async function onApiServer(): Promise<StepResult[]> {
  const folder = ownStateDir('k8s')
  mkdirSync(folder, { recursive: true })
  const plane = await startControlPlane(folder)
  const letGo = stopOnSignals(plane.end)
  try {
    return await runSteps(plane, allSteps)
  } finally {
    await plane.end()
    letGo()
  }
}

function conformityTable(all: Conformity[]): string {
  const rows = all.map(({ what, documents, valid, skipped, faults }) => [
    what,
    documents,
    valid,
    skipped.join(', ') || '–',
    faults.join('; ') || 'none',
  ])
  return table(['kubeconform', 'documents', 'valid', 'nobody looked at', 'faults'], rows)
}

function stepTable(steps: StepResult[]): string {
  const rows = steps.map(({ what, passed, ms }) => [
    what,
    `${(ms / 1000).toFixed(1)} s`,
    passed ? 'yes' : 'NO',
  ])
  const faults = steps.filter(({ passed }) => !passed)
  const why = faults.map(({ what, facts }) => `${what}:\n${facts.fault}`)
  return [table(['on a real API server', 'took', 'seen'], rows), ...why].join('\n\n')
}
