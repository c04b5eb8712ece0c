import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { findK6, isGood, presentK6 } from '../../src/k6/k6-program.ts'
import { temporaryFolder } from '../fake-part.ts'
import { folderWith } from './stand-in-k6.ts'

const says = (version: string) => `echo "k6 v${version} (go1.26, linux/amd64)"`

/** This process' own until the test ends: these programs before /usr/bin, and an empty tools folder. */
function withPrograms(t: TestContext, programs: Record<string, string>): string {
  const before = { PATH: process.env.PATH, DEV_TOOLS_DIR: process.env.DEV_TOOLS_DIR }
  const tools = temporaryFolder(t)
  const PATH = [folderWith(t, programs), '/usr/bin', '/bin'].join(delimiter)
  Object.assign(process.env, { PATH, DEV_TOOLS_DIR: tools })
  t.after(() => {
    process.env.PATH = before.PATH
    if (before.DEV_TOOLS_DIR === undefined) delete process.env.DEV_TOOLS_DIR
    else process.env.DEV_TOOLS_DIR = before.DEV_TOOLS_DIR
  })
  return tools
}

test('k6 of PATH is taken when it is new enough', (t) => {
  withPrograms(t, { k6: says('1.8.0') })
  assert.match(findK6({ build: false }).words, /^k6 v1\.8\.0/)
  const versions = ['1.7.9', '0.57.0', '1.8.1', '1.10.0', '2.0.0']
  assert.deepEqual(
    versions.filter((version) => isGood(`k6 v${version} (go)`)),
    versions.slice(2),
  )
  assert.equal(isGood('command not found'), false)
})

test('without k6 nothing is fetched that nobody asked for: one line says what to do', (t) => {
  const tools = withPrograms(t, { k6: says('1.7.1'), go: 'echo go was run >&2; exit 1' })
  assert.equal(presentK6(), undefined)
  assert.throws(() => findK6({ build: false }), {
    message: /no k6 1\.8 or newer on PATH: .*--build/,
  })
  assert.deepEqual(readdirSync(tools), [])
})

test('built when asked for: once, by Go, into the tools folder', (t) => {
  const go = `echo "$@" >>"$GOBIN/../calls"
cat >"$GOBIN/k6" <<'END'
#!/bin/sh
${says('1.8.1')}
END
chmod +x "$GOBIN/k6"`
  const tools = withPrograms(t, { go })
  const built = findK6({ build: true })
  assert.equal(built.path, join(tools, 'k6-1.8.1/k6'))
  assert.match(built.words, /v1\.8\.1/)
  assert.equal(findK6({ build: true }).path, built.path)
  assert.equal(findK6({ build: false }).path, built.path)
  assert.equal(readFileSync(join(tools, 'calls'), 'utf8'), 'install -v go.k6.io/k6@v1.8.1\n')
})

test('a build that fails leaves nothing behind', (t) => {
  const tools = withPrograms(t, { go: 'echo half >"$GOBIN/half"; exit 1' })
  assert.throws(() => findK6({ build: true }), {
    message: /go could not build go\.k6\.io\/k6@v1\.8\.1/,
  })
  assert.deepEqual(readdirSync(tools), [])
})
