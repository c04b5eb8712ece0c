import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'pg'
import { request } from '../src/http.ts'
import { startSystem } from '../src/system.ts'

test('a system of its own starts, loses a process, gets it back, and refuses strangers', async (t) => {
  const { url, urls, dbUrls, token, kill, start, stop, logs } = await startSystem(t)
  for (const each of Object.values(urls)) {
    assert.equal((await request(`${each}/readyz`)).status, 200)
  }
  assert.equal((await request(`${url}/v1/orders`, { token: token('U-1') })).status, 200)

  const pid = await kill('order')
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
  await assert.rejects(request(`${urls.order}/healthz`))
  await start('order')
  assert.equal((await request(`${urls.order}/readyz`)).status, 200)
  assert.equal(await stop('payment'), 0)
  assert.ok(logs('payment').some((line) => line.includes('asked to end')))

  const stranger = new URL(dbUrls.inventory)
  stranger.pathname = new URL(dbUrls.order).pathname
  const client = new Client({ connectionString: stranger.href })
  await assert.rejects(client.connect(), { code: '42501' })
})
