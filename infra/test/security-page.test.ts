import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../src/checkout.ts'

const page = readFileSync(join(root, 'docs/security.md'), 'utf8')
const NAMED = /`([^`\s]+\.test\.ts)`: "([^"]+)"/g

/** Tests that a text names and that are not there. */
function missingTests(text: string): string[] {
  return [...text.matchAll(NAMED)].flatMap(([, file = '', title = '']) => {
    const path = join(root, file)
    const isThere = existsSync(path) && readFileSync(path, 'utf8').includes(`('${title}'`)
    return isThere ? [] : [`${file}: ${title}`]
  })
}

test('every test that the page on security names is there', () => {
  assert.ok([...page.matchAll(NAMED)].length > 35)
  assert.deepEqual(missingTests(page), [])
})

test('each of the ten rows of OWASP has a test, and so have the record and erasure', () => {
  for (let row = 1; row <= 10; row++) {
    const text = page.split('\n').find((line) => line.startsWith(`| API${row} `)) ?? ''
    assert.ok([...text.matchAll(NAMED)].length > 0, `API${row}`)
  }
  assert.equal(page.match(/^Shown by /gm)?.length, 2)
})

test('a test that is not there is found', () => {
  const own = 'infra/test/security-page.test.ts'
  const known = `\`${own}\`: "a test that is not there is found"`
  assert.deepEqual(missingTests(known), [])
  const missing = `\`${own}\`: "another" and \`infra/test/none.test.ts\`: "it"`
  assert.deepEqual(missingTests(missing), [`${own}: another`, 'infra/test/none.test.ts: it'])
})
