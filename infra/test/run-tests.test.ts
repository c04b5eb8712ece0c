import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const runTests = fileURLToPath(new URL('../src/run-tests.ts', import.meta.url))
const deadlineMs = 60_000

type Results = { passed: number; failed: number; failures: string[] }

/** Runs a package that has this one file of tests; what it noted, and how it ended. */
function runPackage(lines: string[], settings: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'flashsale-run-tests-'))
  const results = join(folder, 'results')
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env // of this run, not of that one
  const env = { ...environment, ...settings }
  try {
    mkdirSync(join(folder, 'test'))
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}')
    writeFileSync(join(folder, 'test/one.test.ts'), lines.join('\n'))
    const { status, stdout } = spawnSync(process.execPath, [runTests], {
      cwd: folder,
      env: { ...env, FLASHSALE_TEST_FILES: '', FLASHSALE_TEST_RESULTS: results },
      encoding: 'utf8',
      timeout: deadlineMs,
    })
    return { status, stdout, noted: JSON.parse(readFileSync(results, 'utf8')) as Results }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('a file whose test passes and leaves nothing open passes', () => {
  const lines = ["import { test } from 'node:test'", "test('does nothing', () => {})"]
  const { status, noted } = runPackage(lines, { FLASHSALE_TEST_END_MS: '10000' })
  assert.equal(status, 0)
  assert.deepEqual(noted, { passed: 1, failed: 0, failures: [] })
})

test('a file that leaves something open fails, and says what', () => {
  const lines = [
    "import { test } from 'node:test'",
    "import { createServer } from 'node:net'",
    "test('leaves a server', () => void createServer().listen(0, '127.0.0.1'))",
  ]
  const { status, stdout, noted } = runPackage(lines, { FLASHSALE_TEST_END_MS: '300' })
  assert.equal(status, 1)
  assert.match(stdout, /TCPServerWrap/)
  assert.equal(noted.failed, 1)
  assert.match(String(noted.failures), /one\.test\.ts/)
})

test('a file that is never heard of again is named, and the run ends', () => {
  const lines = [
    "import { spawn } from 'node:child_process'",
    "import { test } from 'node:test'",
    "test('leaves a process that keeps its output open', () => {",
    "  spawn('sleep', ['20'], { stdio: 'inherit', detached: true }).unref()",
    '})',
  ]
  const { status, noted } = runPackage(lines, { FLASHSALE_TEST_SILENT_MS: '3000' })
  assert.equal(status, 1)
  assert.match(String(noted.failures), /nothing was heard for 3000 ms.*one\.test\.ts/)
})
