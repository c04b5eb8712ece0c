import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Part } from '../supervisor/part.ts'
import { redisReady } from './ready.ts'
import { findRedis } from './redis-server.ts'

const stopTimeoutMs = 10_000

export type RedisOptions = {
  stateDir: string
  port: number
  name?: string
  /** The port of the server that this one copies, at its first start. */
  copies?: number
}

export function redisPart({ stateDir, port, name = 'redis', copies }: RedisOptions): Part {
  const folder = join(stateDir, name)
  const config = join(folder, 'redis.conf')
  return {
    name,
    kind: 'infra',
    url: `redis://127.0.0.1:${port}`,
    command: findRedis(),
    args: [config],
    env: { PATH: process.env.PATH, TZ: 'UTC' },
    cwd: '/',
    needs: [],
    stopRank: 2,
    stopSignal: 'SIGTERM',
    stopTimeoutMs,
    prepare: async () => {
      mkdirSync(folder, { recursive: true })
      writeFileSync(config, redisConfig(folder, port, copies)) // it writes its later role there itself
    },
    ready: () => redisReady(port),
  }
}

function redisConfig(folder: string, port: number, copies: number | undefined): string {
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: `"${folder}"`,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '""',
    maxclients: '10000',
    'repl-diskless-sync-delay': '0', // there is one copy: nobody else to wait for
    ...(copies === undefined ? {} : { replicaof: `127.0.0.1 ${copies}` }),
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('')
}
