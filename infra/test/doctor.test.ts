import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../src/checkout.ts'

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
