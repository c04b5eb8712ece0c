import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../src/checkout.ts'
import { findOnPath } from '../src/parts/find-on-path.ts'

const folder = join(root, 'infra/prometheus')
const rules = readFileSync(join(folder, 'rules.yml'), 'utf8')
const all = (pattern: RegExp, text: string) => [...text.matchAll(pattern)].map(([, it = '']) => it)

test('every alert has a page that says what to do, and a heading of its own there', () => {
  const alerts = all(/- alert: (\w+)/g, rules)
  const pages = all(/runbook: (\S+)/g, rules)
  assert.ok(alerts.length > 8)
  assert.equal(pages.length, alerts.length)
  for (const page of pages) {
    const [file = '', anchor] = page.split('#')
    const text = readFileSync(join(root, file), 'utf8')
    const headings = all(/^#+ (.+)$/gm, text).map((it) => it.toLowerCase().replaceAll(' ', '-'))
    if (anchor !== undefined) assert.ok(headings.includes(anchor), page)
  }
})

test('every metric that an alert looks at is one that a service tells', () => {
  const files = globSync('{services,packages}/*/src/**/*.ts', { cwd: root })
  const told = new Set(
    files.flatMap((file) => {
      return all(/name: '([a-z_]+)'/g, readFileSync(join(root, file), 'utf8'))
    }),
  )
  const asked = all(/\b((?:[a-z]+_)+[a-z]+)\b(?=[{[) ])/g, rules)
    .map((name) => name.replace(/_(bucket|count|sum)$/, ''))
    .filter(
      (name) =>
        !name.startsWith('job:') &&
        /^(inventory|gateway|outbox|inbox|consumer|payment|postgres|http)_/.test(name),
    )
  assert.ok(new Set(asked).size >= 10)
  assert.deepEqual(
    [...new Set(asked)].filter((name) => !told.has(name)),
    [],
  )
})

const promtool = findOnPath('promtool')
const skip = promtool ? false : 'promtool is not here (apt: prometheus)'
test('each alert comes when it has to, and not before', { skip }, () => {
  const run = (...args: string[]) =>
    spawnSync(promtool ?? '', args, { cwd: folder, encoding: 'utf8' })
  const tested = run('test', 'rules', 'rules.test.yml')
  assert.equal(tested.status, 0, tested.stdout + tested.stderr)
  assert.equal(run('check', 'config', 'prometheus.yml').status, 0)
})
