import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { rootCertificates } from 'node:tls'
import { poolSettings } from '../src/db.ts'
import { readTls } from '../src/tls.ts'

test('a file that is not what it should be is named before anything connects', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'flashsale-tls-'))
  t.after(() => rm(folder, { recursive: true }))
  const put = async (name: string, text: string) => {
    const file = join(folder, name)
    await writeFile(file, text)
    return file
  }
  const [first = '', second = ''] = rootCertificates
  const caFile = await put('ca.pem', `${first}\n${second}\n`)
  assert.deepEqual(readTls({ caFile }), { ca: `${first}\n${second}\n` })
  assert.deepEqual(readTls({}), {})

  const torn = await put('torn.pem', first.replace(/\n[^-]+\n/, '\nAAAA\n'))
  const mixed = await put('mixed.pem', `${first}\n${first.replace(/\n[^-]+\n/, '\nAAAA\n')}`)
  for (const wrong of [torn, mixed, await put('empty.pem', '')]) {
    assert.throws(() => readTls({ caFile: wrong }), new RegExp(`^Error: ${wrong} has no cert`))
    assert.throws(() => readTls({ certFile: wrong }), /has no cert/)
  }
  assert.throws(() => readTls({ keyFile: caFile }), /has no private key/)
  assert.throws(() => readTls({ caFile: join(folder, 'none') }), /can't be read \(ENOENT\)/)
})

test('a database without TLS is told so, and one with TLS is checked under the name that was asked for', () => {
  const url = 'postgres://order:word@[::1]:5432/order'
  assert.equal(poolSettings({ url }).ssl, false)
  assert.deepEqual(poolSettings({ url, tls: {} }).ssl, { host: '::1' })
})
