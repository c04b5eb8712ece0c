import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Redis } from 'ioredis'
import { freePort } from './process.ts'
import { eventually } from './wait.ts'

const READY_WITHIN_MS = 10_000

export type OwnRedis = Awaited<ReturnType<typeof ownRedis>>

/** A redis-server of the test's own, with an append-only file, that can be killed and can forget. */
export async function ownRedis(t: TestContext, { replicaOf }: { replicaOf?: OwnRedis } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'flashsale-redis-'))
  const [memory, copy] = [join(folder, 'memory'), join(folder, 'copy')]
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let child: ChildProcess | undefined

  const start = async () => {
    await mkdir(memory, { recursive: true })
    const options = { port, bind: '127.0.0.1', dir: memory, appendonly: 'yes', save: '' }
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`])
    if (replicaOf) args.push('--replicaof', '127.0.0.1', `${replicaOf.port}`)
    child = spawn(process.env.REDIS_SERVER || 'redis-server', args, { cwd: '/', stdio: 'ignore' })
    await eventually('Redis to be ready', () => answers(url), { timeoutMs: READY_WITHIN_MS })
  }
  const kill = async () => {
    if (child?.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
  const forget = () => rm(memory, { recursive: true })
  t.after(async () => {
    await kill()
    await rm(folder, { recursive: true })
  })
  await start()
  return {
    url,
    port,
    start,
    kill,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    /** While it is down: all it ever knew is gone. */
    forget,
    /** What it has written until now, to come back to. */
    remember: () => cp(memory, copy, { recursive: true }),
    /** While it is down: what came after `remember` is lost. */
    async loseTail() {
      await forget()
      await cp(copy, memory, { recursive: true })
    },
  }
}

async function answers(url: string): Promise<boolean> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return (await redis.ping()) === 'PONG'
  } catch {
    return false
  } finally {
    redis.disconnect()
  }
}
