import { appendFileSync, globSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { fileURLToPath } from 'node:url'
import { root } from './checkout.ts'

// The `test` script of every package: runs its test files, and notes the counts for `./dev test`.
const { FLASHSALE_TEST_FILES = '', FLASHSALE_TEST_RESULTS } = process.env
const { FLASHSALE_TEST_SILENT_MS = '720000' } = process.env // more than any one test may take
const testTimeoutMs = 300_000
const silentMaxMs = Number(FLASHSALE_TEST_SILENT_MS)
const endOfTests = fileURLToPath(import.meta.resolve('./end-of-tests.ts'))

const own = globSync('test/**/*.test.ts').map((file) => resolve(file))
const wanted = FLASHSALE_TEST_FILES.split('\n').filter((file) => file !== '')
const files = wanted.length > 0 ? own.filter((file) => wanted.includes(file)) : own

if (files.length > 0) {
  const execArgv = ['--import', endOfTests]
  const stream = run({ files, concurrency: 1, timeout: testTimeoutMs, execArgv })
  const failures: string[] = []
  let last = 'nothing'
  const note = (result: { passed: number; failed: number; failures: string[] }) => {
    if (FLASHSALE_TEST_RESULTS)
      appendFileSync(FLASHSALE_TEST_RESULTS, `${JSON.stringify(result)}\n`)
  }
  const silent = setTimeout(() => {
    const failure = `nothing was heard for ${silentMaxMs} ms; the last was ${last}`
    note({ passed: 0, failed: 1, failures: [failure] })
    process.stderr.write(`${failure}\n`, () => process.exit(1))
  }, silentMaxMs)
  stream.on('test:dequeue', ({ name, file }) => {
    last = `${relative(root, file ?? '')}: ${name}`
    silent.refresh()
  })
  stream.on('test:fail', ({ name, file, details }) => {
    const isParent = String(details.error.message).includes('subtest')
    if (!isParent) failures.push(`${relative(root, file ?? '')}: ${name}`)
  })
  stream.on('test:summary', ({ file, counts }) => {
    if (file !== undefined) return // the summary of one file
    const { passed = 0, failed = 0, cancelled = 0 } = counts as Record<string, number>
    const result = { passed, failed: failed + cancelled, failures }
    if (result.failed > 0) process.exitCode = 1
    clearTimeout(silent)
    note(result)
  })
  stream.compose(new spec()).pipe(process.stdout)
}
