import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'

const LINES_MAX = 30

/** A server of a test's own is gone after it, and tells its last lines if the test failed. */
export function endWith(t: TestContext, name: string, child: ChildProcess): void {
  const lines: string[] = []
  const take = (chunk: Buffer) => {
    lines.push(...chunk.toString().split('\n').filter(Boolean))
    lines.splice(0, lines.length - LINES_MAX)
  }
  child.stdout?.on('data', take)
  child.stderr?.on('data', take)
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    }
    const { passed } = t as { passed?: boolean } // not in the types of Node yet
    if (!passed) t.diagnostic(`${name}:\n${lines.join('\n')}`)
  })
}
