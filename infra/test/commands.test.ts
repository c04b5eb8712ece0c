import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createVerifier } from 'fast-jwt'
import { readSettings } from '../src/stack/settings.ts'
import { isSameProcess, processStart } from '../src/supervisor/process-table.ts'
import { checkout, type Row } from './checkout.ts'

const restartMaxMs = 15_000

test('up starts the system once, keeps it running, and down ends all of it', async (t) => {
  const { dev, ps } = await checkout(t)
  const first = await dev(['up', '--wait'])
  assert.equal(first.code, 0, first.err)
  const rows = await ps()
  const services = rows.filter(({ kind }) => kind === 'service').map(({ name }) => name)
  assert.deepEqual(services.sort(), ['gateway', 'inventory', 'order', 'payment'])
  assert.ok(rows.every(({ state }) => state === 'ready'))

  const again = await dev(['up', '--wait'])
  assert.equal(again.code, 0)
  assert.match(again.err, /already up/)
  const pids = (parts: Row[]) => parts.map(({ pid }) => pid)
  assert.deepEqual(pids(await ps()), pids(rows))

  const lines = (await dev(['env'])).out.trim().split('\n')
  const env = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s)))
  assert.equal((await fetch(`${env.FLASHSALE_URL}/readyz`)).status, 200)
  assert.ok(env.BANK_SECRET.length >= 32)

  const killed = rows.find(({ name }) => name === 'payment') ?? assert.fail('no payment')
  process.kill(killed.pid, 'SIGKILL')
  const deadline = Date.now() + restartMaxMs
  const isBack = ({ name, state, restarts }: Row) =>
    name === 'payment' && state === 'ready' && restarts === killed.restarts + 1
  while (!(await ps()).some(isBack)) {
    assert.ok(Date.now() < deadline, 'payment is not ready 15 s after its death')
    await sleep(100)
  }

  const last = (await ps()).map(({ pid }) => ({ pid, started: processStart(pid) ?? null }))
  assert.equal((await dev(['down'])).code, 0)
  assert.ok(last.every(({ pid, started }) => started && !isSameProcess(pid, started)))
  assert.deepEqual(await ps(), [])
})

test('tokens carry user, role and an end, under the secret of the system', async (t) => {
  const { dev, states } = await checkout(t)
  assert.match((await dev(['token'])).err, /nothing is up/)
  assert.equal((await dev(['up'])).code, 0)
  const settings = readSettings(`${states}/up`)
  const { out } = await dev(['token', '--user', 'ann', '--count', '3', '--role', 'admin'])
  const tokens = out.trim().split('\n')
  const claims = tokens.map(
    createVerifier({ key: settings?.secrets.jwt ?? '', algorithms: ['HS256'] }),
  )
  assert.deepEqual(
    claims.map(({ sub, role }) => `${sub} ${role}`),
    ['ann-1 admin', 'ann-2 admin', 'ann-3 admin'],
  )
  assert.ok(claims.every(({ exp }) => exp * 1_000 > Date.now()))
  const { out: many } = await dev(['token', '--count', '20000'])
  assert.equal(many.trim().split('\n').length, 20_000) // a pipe takes them in several parts
})

test('a taken port is named, with its owner, and nothing is started', async (t) => {
  const { base, dev, ps } = await checkout(t)
  const stranger = createServer()
  t.after(() => stranger.close())
  const { promise: listening, resolve } = Promise.withResolvers<void>()
  stranger.listen(base + 2, '127.0.0.1', resolve)
  await listening
  const { code, out, err } = await dev(['up', '--wait'])
  assert.equal(code, 1)
  assert.equal(out, '')
  assert.match(err, new RegExp(`port ${base + 2}, needed by order, is taken`))
  if (process.platform === 'linux') assert.match(err, new RegExp(`pid ${process.pid}\\b`))
  assert.deepEqual(await ps(), [])
})

test('servers of others are never wiped', async (t) => {
  const { dev, ps } = await checkout(t)
  const fresh = await dev(['up', '--fresh'], { REDIS_URL: 'redis://127.0.0.1:1' })
  assert.equal(fresh.code, 2)
  assert.match(fresh.err, /--fresh is refused with .*REDIS_URL/)
  assert.deepEqual(await ps(), [])
})
