import { parse } from 'yaml'

type Step = { run?: string; uses?: string }
type Job = { uses?: string; 'timeout-minutes'?: number; permissions?: object; steps?: Step[] }
type Workflow = {
  on: Record<string, unknown>
  permissions?: object
  concurrency?: { group?: string }
  jobs: Record<string, Job>
}
/** What the workflows are held to: the commands that `./dev help` lists, and the lines of .ci/run. */
export type Checkout = { files: Map<string, string>; commands: string[]; ciRun: string }

const pinned = /^[\w-]+\/[\w./-]+@[0-9a-f]{40}$/
const mayWrite = ['release.yml version'] // a tag and a pull request; nobody else's code runs in it

/** One line a fault; files are named as under .github. */
export function workflowFaults({ files, commands, ciRun }: Checkout): string[] {
  const faults: string[] = []
  for (const [name, text] of files) {
    const { workflow, steps } = read(name, text)
    const found = [...stepFaults(steps, commands), ...unnamedPins(text)]
    if (workflow) found.push(...frameFaults(name, workflow))
    faults.push(...found.map((fault) => `${name}: ${fault}`))
  }
  return [...faults, ...unmirrored(ciRun, files.get('ci.yml') ?? '')]
}

/** A workflow, or an action of our own. */
function read(name: string, text: string): { workflow?: Workflow; steps: Step[] } {
  const parsed = parse(text)
  if (name === 'action.yml') return { steps: parsed.runs.steps }
  const workflow: Workflow = parsed
  return { workflow, steps: Object.values(workflow.jobs).flatMap(({ steps = [] }) => steps) }
}

function stepFaults(steps: Step[], commands: string[]): string[] {
  return steps.flatMap(({ run = '', uses }) => {
    const named = [...run.matchAll(/\.\/dev\s+([\w-]+)/g)].map(([, command = '']) => command)
    const faults = named
      .filter((command) => !commands.includes(command))
      .map((command) => `./dev ${command} is no command`)
    if (run.includes('${{')) faults.push(`a script is written by an expression: ${run}`)
    if (uses && !uses.startsWith('./') && !pinned.test(uses)) faults.push(`${uses} is not pinned`)
    return faults
  })
}

/** A commit alone tells a reader nothing. */
function unnamedPins(text: string): string[] {
  const lines = text.split('\n').filter((line) => /uses: .*@[0-9a-f]{40}/.test(line))
  return lines
    .filter((line) => !/ # v\d+\.\d+\.\d+$/.test(line))
    .map((line) => `no version beside ${line.trim()}`)
}

function frameFaults(name: string, { on, permissions, concurrency, jobs }: Workflow): string[] {
  const faults: string[] = []
  if ('pull_request_target' in on) faults.push('strangers’ code would run with our rights')
  if (JSON.stringify(permissions) !== '{"contents":"read"}') faults.push('may do more than read')
  if (!concurrency?.group) faults.push('has no concurrency group')
  for (const [job, { uses, permissions, 'timeout-minutes': minutes }] of Object.entries(jobs)) {
    if (!uses && minutes === undefined) faults.push(`job ${job} has no time limit`)
    if (permissions && !mayWrite.includes(`${name} ${job}`)) faults.push(`job ${job} may do more`)
  }
  return faults
}

/** What has to pass here has to pass there, word for word; there it may leave a file as well. */
function unmirrored(ciRun: string, text: string): string[] {
  const wanted = ciRun.split('\n').filter((line) => line.startsWith('./dev '))
  if (wanted.length === 0) return ['.ci/run runs nothing']
  const workflow: Workflow = parse(text)
  if (!('pull_request' in workflow.on)) return ['ci.yml: no pull request starts it']
  const runs = Object.values(workflow.jobs).flatMap(({ steps = [] }) =>
    steps.flatMap(({ run }) => (run === undefined ? [] : [run.trim().replace(/ --json \S+$/, '')])),
  )
  return wanted
    .filter((line) => !runs.includes(line))
    .map((line) => `ci.yml: .ci/run has "${line}", and no job runs it`)
}
