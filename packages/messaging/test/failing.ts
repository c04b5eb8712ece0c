import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Failpoint } from '@flashsale/service-kit/failpoint.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { servers } from '@flashsale/test-kit/servers.ts'
import { soon } from './world.ts'

const file = fileURLToPath(new URL('./fixtures/failing-at.ts', import.meta.url))

type Wish = {
  role: 'relay' | 'consumer'
  at: Failpoint
  signal: 'SIGKILL' | 'SIGSTOP'
  databaseUrl: string
  topicPrefix: string
}

/** A real process that kills or stops itself when it first comes to the failpoint. */
export async function failing(t: TestContext, wish: Wish) {
  const child = spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', file], {
    env: {
      PATH: process.env.PATH,
      ROLE: wish.role,
      AT: wish.at,
      SIGNAL: wish.signal,
      DATABASE_URL: wish.databaseUrl,
      TOPIC_PREFIX: wish.topicPrefix,
      KAFKA_BROKERS: servers.kafkaBrokers().join(','),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (data) => {
    said += data
  })
  t.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  })
  const says = (words: string) => until(() => said.includes(words), soon(`"${words}"`))
  await says('started')
  return {
    says,
    fails: () => says('fails'),
    thaw: () => void child.kill('SIGCONT'),
  }
}
