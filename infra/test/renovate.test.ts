import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../src/checkout.ts'

type Manager = { description: string; managerFilePatterns: string[]; matchStrings: string[] }
const managers: Manager[] = JSON.parse(read('renovate.json')).customManagers
const committed = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n')

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** What a manager of ours would find: `name version`, of each file that it reads. */
function found({ managerFilePatterns, matchStrings }: Manager): [file: string, what: string[]][] {
  const patterns = managerFilePatterns.map((pattern) => new RegExp(pattern.slice(1, -1)))
  const files = committed.filter((path) => patterns.some((pattern) => pattern.test(path)))
  return files.map((path) => [
    path,
    matchStrings.flatMap((text) =>
      [...read(path).matchAll(new RegExp(text, 'g'))].map(({ groups }) =>
        [groups?.depName, groups?.currentValue].filter((part) => part !== undefined).join(' '),
      ),
    ),
  ])
}

test('every version that stands in a text of ours is found by what proposes newer ones', () => {
  const of = Object.fromEntries(managers.map((one) => [one.description, found(one)]))
  const node = of['What ./dev fetches'] ?? []
  assert.deepEqual(
    node.map(([path]) => path),
    ['dev'],
  )
  assert.match(node[0]?.[1].join() ?? '', /^24\.\d+\.\d+$/)

  const pnpm = of['pnpm, wherever it is named'] ?? []
  assert.equal(pnpm.length, 3)
  for (const [path, versions] of pnpm) assert.match(versions.join(), /^\d+\.\d+\.\d+$/, path)

  const go = (of['Programs that are built with Go'] ?? []).flatMap(([, programs]) => programs)
  for (const program of ['oasdiff/oasdiff', 'rhysd/actionlint']) {
    const is = go.some((one) => new RegExp(`^github\\.com/${program} v\\d`).test(one))
    assert.ok(is, `${program}: ${go.join(', ')}`)
  }
})
