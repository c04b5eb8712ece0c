import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { atMost } from '@flashsale/service-kit/wait.ts'

const END_WITHIN_MS = 20_000

export type Processes = ReturnType<typeof createProcesses>
const isGone = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null

/** The programs of one run, each with a log in `folder`; none outlives `end`. */
export function createProcesses(folder: string) {
  const running: { name: string; child: ChildProcess }[] = []
  mkdirSync(folder, { recursive: true })

  return {
    start(name: string, program: string, args: string[]) {
      const log = createWriteStream(join(folder, `${name}.log`))
      const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
      child.stdout.pipe(log)
      child.stderr.pipe(log)
      running.push({ name, child })
    },
    /** The name of one that ended by itself. */
    died: () => running.find(({ child }) => isGone(child))?.name,
    async end() {
      for (const { child } of running.toReversed()) {
        if (isGone(child)) continue
        const gone = once(child, 'exit')
        child.kill('SIGTERM')
        await atMost(END_WITHIN_MS, gone)
        if (!isGone(child)) child.kill('SIGKILL')
      }
    },
  }
}
