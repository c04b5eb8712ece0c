import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Part } from '../supervisor/part.ts'
import { redisReady } from './ready.ts'
import { findOrInstall } from './tools.ts'

const stopTimeoutMs = 10_000

export function redisPart({ stateDir, port }: { stateDir: string; port: number }): Part {
  const folder = join(stateDir, 'redis')
  return {
    name: 'redis',
    kind: 'infra',
    url: `redis://127.0.0.1:${port}`,
    command: findRedis(),
    args: redisArguments(folder, port),
    env: { PATH: process.env.PATH, TZ: 'UTC' },
    cwd: '/',
    needs: [],
    stopRank: 2,
    stopSignal: 'SIGTERM',
    stopTimeoutMs,
    prepare: async () => void mkdirSync(folder, { recursive: true }),
    ready: () => redisReady(port),
  }
}

export function findRedis(): string {
  return findOrInstall('redis-server', ['redis-server'], 'set REDIS_URL')
}

function redisArguments(folder: string, port: number): string[] {
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    maxclients: '10000',
  }
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
}
