import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { parse } from 'yaml'
import { root } from '../src/checkout.ts'
import { imageServices } from '../src/images/image-services.ts'
import { goProgram, whyNoGoProgram } from '../src/parts/go-program.ts'
import { temporaryFolder } from './fake-part.ts'
import { type Checkout, workflowFaults } from './workflow-faults.ts'

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const workflows = globSync('.github/workflows/*.yml', { cwd: root }).sort()
const actions = globSync('.github/actions/*/action.yml', { cwd: root }).sort()

/** As it is, but for what a test puts over it. */
function checkout(over: Partial<Record<string, (text: string) => string>> = {}): Checkout {
  const files = workflows.map((path) => [basename(path), read(path)] as const)
  const changed = files.map(([name, text]) => [name, over[name]?.(text) ?? text] as const)
  return {
    files: new Map(changed),
    commands,
    ciRun: over.run?.(read('.ci/run')) ?? read('.ci/run'),
  }
}
const commands = commandsOfHelp()

function commandsOfHelp(): string[] {
  const args = [join(root, 'infra/src/dev.ts'), 'help']
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return [...stdout.matchAll(/^ {2}([\w-]+)/gm)].map(([, name = '']) => name)
}

test('workflows call commands that are there, run what .ci/run runs, and may do no more than they must', () => {
  assert.ok(workflows.length >= 4)
  assert.ok(commands.includes('drill'))
  const { files, ...rest } = checkout()
  for (const path of actions) {
    const all = new Map([...files, ['action.yml', read(path)]])
    assert.deepEqual(workflowFaults({ ...rest, files: all }), [], path)
  }
})

const replaced = (from: string | RegExp, to: string) => (text: string) => {
  const changed = text.replace(from, to)
  assert.notEqual(changed, text)
  return changed
}
const planted: Record<string, [file: string, change: (text: string) => string, fault: RegExp]> = {
  'a command that is not there': [
    'nightly.yml',
    replaced('./dev bench', './dev fly'),
    /fly is no command/,
  ],
  'a line of .ci/run that no job runs': [
    'run',
    replaced('./dev test', './dev test --parts oldest'),
    /"\.\/dev test --parts oldest", and no job/,
  ],
  'a job that runs less than .ci/run': [
    'ci.yml',
    replaced('--minutes 3', '--minutes 1'),
    /"\.\/dev drill --minutes 3 --seed 1", and no job/,
  ],
  'checks that no pull request starts': [
    'ci.yml',
    replaced('  pull_request:\n', ''),
    /no pull request starts it/,
  ],
  'an action by its tag': ['ci.yml', replaced(/checkout@\w{40}/, 'checkout@v6'), /is not pinned/],
  'a commit without its version': ['ci.yml', replaced(' # v6.0.1', ''), /no version beside/],
  'a script made of an expression': [
    'ci.yml',
    replaced('origin/$BASE', `origin/\${{ github.base_ref }}`),
    /written by an expression/,
  ],
  'a job without a time limit': [
    'ci.yml',
    replaced(/ {4}timeout-minutes: 15\n/, ''),
    /job check has no time limit/,
  ],
  'a workflow that may write': [
    'nightly.yml',
    replaced('contents: read', 'contents: write'),
    /may do more than read/,
  ],
  'a job that may write': [
    'ci.yml',
    replaced('  check:\n', '  check:\n    permissions:\n      contents: write\n'),
    /job check may do more/,
  ],
  'a workflow that can run twice at once': [
    'release.yml',
    replaced(/concurrency:\n.*\n.*\n/, ''),
    /no concurrency group/,
  ],
  'rights for the code of strangers': [
    'ci.yml',
    replaced('  pull_request:', '  pull_request_target:\n  pull_request:'),
    /strangers’ code/,
  ],
}
for (const [what, [file, change, fault]] of Object.entries(planted)) {
  test(`a fault of the workflows is found: ${what}`, () => {
    const faults = workflowFaults(checkout({ [file]: change }))
    assert.equal(faults.length, 1, faults.join('\n'))
    assert.match(faults[0] ?? '', fault)
  })
}

test('every image has its build, and pnpm is of one version everywhere', () => {
  const { jobs } = parse(read('.github/workflows/images.yml'))
  assert.deepEqual(jobs.image.strategy.matrix.service, imageServices)
  const [, version = ''] = /pnpm@(.+)/.exec(JSON.parse(read('package.json')).packageManager) ?? []
  assert.match(read('dev'), new RegExp(`PNPM_V=${version}\\n`))
  assert.match(read('infra/Dockerfile'), new RegExp(`PNPM_VERSION=${version}\\n`))
  assert.match(read('.github/actions/workspace/action.yml'), new RegExp(`pnpm@${version}\\n`))
})

const actionlint = {
  name: 'actionlint',
  path: 'github.com/rhysd/actionlint/cmd/actionlint',
  version: 'v1.7.12',
}
const skip = whyNoGoProgram(actionlint) ?? false
test('actionlint finds nothing in the workflows, and something in one that is wrong', {
  skip,
}, (t) => {
  const lint = (folder: string) => {
    const args = ['-no-color', '-shellcheck=', '-pyflakes=']
    return spawnSync(goProgram(actionlint), args, { cwd: folder, encoding: 'utf8' })
  }
  const { status, stdout, stderr } = lint(root)
  assert.equal(status, 0, stdout + stderr)
  const broken = read('.github/workflows/release.yml').replace('needs: version', 'needs: versions')
  assert.match(lint(oneWorkflow(t, broken)).stdout, /"versions" which does not exist/)
})

/** A repository with this workflow alone. */
function oneWorkflow(t: TestContext, text: string): string {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, '.github/workflows'), { recursive: true })
  mkdirSync(join(folder, '.git'))
  writeFileSync(join(folder, '.github/workflows/one.yml'), text)
  return folder
}
