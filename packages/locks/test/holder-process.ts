import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { eventually } from '@flashsale/test-kit/wait.ts'

const file = fileURLToPath(new URL('./fixtures/holder.ts', import.meta.url))

/** A real process that holds the lease `work` and extends it. */
export async function holderProcess(t: TestContext, env: Record<string, string>, ttlMs: number) {
  const child = spawn(process.execPath, [file], {
    env: { PATH: process.env.PATH, ...env, TTL_MS: String(ttlMs) },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const said: string[] = []
  child.stdout.on('data', (data: Buffer) => said.push(...data.toString().trim().split('\n')))
  child.stdin.on('error', () => {})
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
  t.after(kill)
  /** Its next word that begins so. */
  const says = (start: string) =>
    eventually(
      `"${start}" from the process`,
      () => {
        if (child.exitCode !== null) throw new Error('the process ended')
        const at = said.findIndex((word) => word.startsWith(start))
        return at >= 0 && said.splice(at, 1)[0]
      },
      { timeoutMs: 30_000 },
    )
  await says('holds')
  return {
    kill,
    says,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    write: () => void child.stdin.write('write\n'),
  }
}
