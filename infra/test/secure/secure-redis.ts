import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createServer } from 'node:tls'
import { closeRedis, connectRedis, whenReady } from '@flashsale/redis/connection.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { freePort } from '@flashsale/test-kit/process.ts'
import { root } from '../../src/checkout.ts'
import { findRedis } from '../../src/parts/redis-server.ts'
import type { Authority, Issued } from './certificates.ts'
import { endWith } from './end-with.ts'

const READY_WITHIN_MS = 10_000
const TRY_MS = 1_000

type Wanted = {
  folder: string
  authority: Authority
  caFile: string
  /** Of each user of infra/redis/users.acl. */
  passwords: Record<string, string>
}
export type RedisAt = { url: string; tls: { caFile: string } }
export type SecureRedis = { port: number; address(user: string): RedisAt }

/** A server that takes encrypted connections alone, of the users in infra/redis/users.acl. */
export async function startSecureRedis(t: TestContext, wanted: Wanted): Promise<SecureRedis> {
  const { authority, caFile, passwords } = wanted
  const folder = join(wanted.folder, 'redis')
  mkdirSync(folder)
  const port = await freePort()
  const issued = authority.issue('redis', ['127.0.0.1'])
  writeFileSync(join(folder, 'users.acl'), usersOf(passwords), { mode: 0o600 })
  writeFileSync(join(folder, 'cert.pem'), issued.cert)
  writeFileSync(join(folder, 'key.pem'), issued.key, { mode: 0o600 })
  const program = findRedis()
  const hasTls = readFileSync(program).includes('tls-cert-file')
  const [common, own] = [commonConfig(folder), hasTls ? tlsConfig(folder, port, caFile) : {}]
  const config = join(folder, 'redis.conf')
  const lines = Object.entries({ ...common, ...own }).map(([name, value]) => `${name} ${value}\n`)
  writeFileSync(config, lines.join(''))
  endWith(t, 'redis', spawn(program, [config], { cwd: '/', stdio: 'pipe' }))
  if (!hasTls) {
    t.diagnostic('this redis-server has no TLS: a terminator stands in front of its socket')
    await terminate(t, { port, socket: join(folder, 'socket'), issued })
  }

  const address = (user: string): RedisAt => ({
    url: `rediss://${user}:${passwords[user]}@127.0.0.1:${port}`,
    tls: { caFile },
  })
  await until(() => canPing(address('operator')), { timeoutMs: READY_WITHIN_MS, what: 'Redis' })
  return { port, address }
}

function usersOf(passwords: Wanted['passwords']): string {
  const template = readFileSync(join(root, 'infra/redis/users.acl'), 'utf8')
  return template.replaceAll(/#([A-Z]+)_SHA256/g, (_all, name: string) => {
    const password = passwords[name.toLowerCase()] ?? ''
    return `#${createHash('sha256').update(password).digest('hex')}`
  })
}

const commonConfig = (folder: string) => ({
  port: '0',
  unixsocket: join(folder, 'socket'),
  dir: folder,
  aclfile: join(folder, 'users.acl'),
  appendonly: 'yes',
  save: '""',
})

const tlsConfig = (folder: string, port: number, caFile: string) => ({
  'tls-port': String(port),
  bind: '127.0.0.1',
  'tls-cert-file': join(folder, 'cert.pem'),
  'tls-key-file': join(folder, 'key.pem'),
  'tls-ca-cert-file': caFile,
  'tls-auth-clients': 'no',
})

type Line = { port: number; socket: string; issued: Issued }

async function terminate(t: TestContext, { port, socket, issued }: Line): Promise<void> {
  const server = createServer(issued, (outside) => {
    const inside = connect(socket)
    outside.pipe(inside).pipe(outside)
    outside.on('error', () => inside.destroy())
    inside.on('error', () => outside.destroy())
  })
  t.after(() => server.close())
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
}

async function canPing(at: RedisAt): Promise<boolean> {
  const redis = connectRedis(at)
  try {
    await whenReady(redis, TRY_MS)
    return (await redis.ping()) === 'PONG'
  } catch {
    return false
  } finally {
    await closeRedis(redis)
  }
}
