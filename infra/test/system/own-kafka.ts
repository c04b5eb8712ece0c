import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { freePort } from '@flashsale/test-kit/process.ts'
import { kafkaPart } from '../../src/parts/kafka.ts'

const READY_WITHIN_MS = 60_000

/** A broker of the test's own, as `./dev` starts it, that can be frozen and held down. */
export async function ownKafka(t: TestContext) {
  const stateDir = await mkdtemp(join(tmpdir(), 'flashsale-kafka-'))
  const ports = { port: await freePort(), controllerPort: await freePort() }
  const { command, args, env, cwd, ...part } = kafkaPart({ stateDir, index: 0, cluster: [ports] })
  let child: ChildProcess | undefined

  const start = async () => {
    await part.prepare?.()
    child = spawn(command, args, { cwd, env, stdio: 'ignore' })
    await until(part.ready, { timeoutMs: READY_WITHIN_MS, everyMs: 200, what: 'Kafka to be ready' })
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
  return {
    brokers: `127.0.0.1:${ports.port}`,
    start,
    kill,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
  }
}
