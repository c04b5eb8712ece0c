import { appendFileSync, globSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { root } from './checkout.ts'

// The `test` script of every package: runs its test files, and notes the counts for `./dev test`.
const { FLASHSALE_TEST_FILES = '', FLASHSALE_TEST_RESULTS } = process.env
const testTimeoutMs = 300_000

const own = globSync('test/**/*.test.ts').map((file) => resolve(file))
const wanted = FLASHSALE_TEST_FILES.split('\n').filter((file) => file !== '')
const files = wanted.length > 0 ? own.filter((file) => wanted.includes(file)) : own

if (files.length > 0) {
  const stream = run({ files, concurrency: 1, timeout: testTimeoutMs })
  const failures: string[] = []
  stream.on('test:fail', ({ name, file, details }) => {
    const isParent = String(details.error.message).includes('subtest')
    if (!isParent) failures.push(`${relative(root, file ?? '')}: ${name}`)
  })
  stream.on('test:summary', ({ file, counts }) => {
    if (file !== undefined) return // the summary of one file
    const { passed, failed, cancelled } = counts as Record<string, number>
    const result = { passed, failed: (failed ?? 0) + (cancelled ?? 0), failures }
    if (result.failed > 0) process.exitCode = 1
    if (FLASHSALE_TEST_RESULTS)
      appendFileSync(FLASHSALE_TEST_RESULTS, `${JSON.stringify(result)}\n`)
  })
  stream.compose(new spec()).pipe(process.stdout)
}
