import { spawnSync } from 'node:child_process'
import { z } from 'zod'
import { PlainError } from '../plain-error.ts'
import { goProgram } from './go.ts'
import { kubeconform } from './modules.ts'
import { documentsOf, folders, render } from './render.ts'
import { LOCATION, schemaFolder } from './schemas.ts'

const TIMEOUT_MS = 120_000
// Their makers publish no Go module that has them: nobody checks these here.
const UNKNOWN_KINDS = ['Kafka', 'KafkaNodePool', 'KafkaTopic', 'KafkaUser']

const Report = z.object({
  resources: z.array(
    z.object({
      kind: z.string(),
      name: z.string(),
      status: z.enum(['statusValid', 'statusInvalid', 'statusError', 'statusSkipped']),
      msg: z.string(),
    }),
  ),
})
export type Finding = z.infer<typeof Report>['resources'][number]
export type Conformity = {
  what: string
  documents: number
  valid: number
  skipped: string[]
  faults: string[]
}
export type Checker = (yaml: string) => Finding[]

/** kubeconform with the schemas of the pinned Kubernetes; strict: a field that nobody knows is a fault. */
export function createChecker(): Checker {
  const program = goProgram(kubeconform, 'cmd/kubeconform')
  const location = `${schemaFolder()}/${LOCATION}`
  const args = ['-strict', '-verbose', '-output', 'json', '-schema-location', location]
  const skip = ['-skip', UNKNOWN_KINDS.join(','), '-']
  return (yaml) => {
    const options = { input: yaml, encoding: 'utf8', timeout: TIMEOUT_MS } as const
    const { stdout, stderr, status } = spawnSync(program, [...args, ...skip], options)
    if (status === null) throw new PlainError(`kubeconform did not end: ${stderr}`)
    return Report.parse(JSON.parse(stdout)).resources
  }
}

/** Each folder's documents beside their schemas; then two that are broken, which must be found. */
export function conform(): Conformity[] {
  const check = createChecker()
  const rendered = folders.map((folder) => ({ folder, yaml: render(folder) }))
  const all = rendered.map(({ folder, yaml }) => conformityOf(folder, yaml, check))
  const yaml = rendered[0]?.yaml ?? ''
  const broken = [
    brokenOf('a misspelt field', yaml.replace('readinessProbe:', 'readynessProbe:'), check),
    brokenOf('a text for a number', yaml.replace(/maxReplicas: \d+/, 'maxReplicas: many'), check),
  ]
  return [...all, ...broken]
}

function conformityOf(what: string, yaml: string, check: Checker): Conformity {
  const findings = check(yaml)
  const of = (status: Finding['status']) => findings.filter((one) => one.status === status)
  const documents = documentsOf(yaml).length
  const faults = [...of('statusInvalid'), ...of('statusError')].map(
    ({ kind, name, msg }) => `${kind} ${name}: ${msg}`,
  )
  if (findings.length !== documents) faults.push(`${findings.length} of ${documents} were read`)
  const skipped = of('statusSkipped').map(({ kind, name }) => `${kind} ${name}`)
  return { what, documents, valid: of('statusValid').length, skipped, faults }
}

/** A checker that finds nothing here finds nothing anywhere. */
function brokenOf(what: string, yaml: string, check: Checker): Conformity {
  const found = check(yaml).filter(({ status }) => status === 'statusInvalid')
  const faults = found.length === 1 ? [] : [`found in ${found.length} documents instead of in one`]
  return { what: `${what} is refused`, documents: 1, valid: found.length, skipped: [], faults }
}
