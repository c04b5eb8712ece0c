import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { freePort } from '@flashsale/test-kit/process.ts'
import { redisPart } from '../../src/parts/redis.ts'

/** A Redis of the test's own, as `./dev` starts it, that can be killed and can lose its memory. */
export async function ownRedis(t: TestContext) {
  const stateDir = await mkdtemp(join(tmpdir(), 'flashsale-redis-'))
  const { url = '', command, args, ...part } = redisPart({ stateDir, port: await freePort() })
  let child: ChildProcess | undefined

  const start = async () => {
    await part.prepare?.()
    child = spawn(command, args, { cwd: part.cwd, env: part.env, stdio: 'ignore' })
    await until(part.ready, { timeoutMs: 10_000, what: 'Redis to be ready' })
  }
  const kill = async () => {
    if (child?.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
  t.after(async () => {
    await kill()
    await rm(stateDir, { recursive: true })
  })
  await start()
  const memory = join(stateDir, 'redis')
  const copy = join(stateDir, 'copy')
  const forget = () => rm(memory, { recursive: true })
  return {
    url,
    start,
    kill,
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
