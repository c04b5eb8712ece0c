import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { presentK6 } from '../../src/k6/k6-program.ts'
import type { Result } from '../../src/k6/result.ts'
import { checkout } from '../checkout.ts'
import { temporaryFolder } from '../fake-part.ts'

const skip = presentK6() ? false : 'k6 is not here (load-tests/k6.md says how to get it)'

test('smoke by k6 itself: its summary, its lines and its exit are as we read them', {
  skip,
}, async (t) => {
  const { dev } = await checkout(t)
  const json = join(temporaryFolder(t), 'k6.json')
  const size = ['--peak', '20', '--seconds', '3', '--stock', '20']
  const { code, out, err } = await dev(['k6', 'smoke', ...size, '--json', json])
  assert.ok(code === 0 || code === 99, `${code}: ${out}${err}`) // how fast it was is not judged here
  const { summary, settled, failures, seconds }: Result = JSON.parse(readFileSync(json, 'utf8'))
  assert.deepEqual(failures, [])
  assert.equal(summary.answers.accepted, 20)
  assert.equal(settled.receipts, 20)
  assert.equal(summary.rules.length, 9)
  assert.ok(seconds.length >= 2)
})
