import type { Part } from '../supervisor/part.ts'
import type { Ended } from '../supervisor/runner.ts'
import type { Supervisor } from '../supervisor/supervise.ts'
import { waitUntil } from '../wait-until.ts'

const readyTimeoutMs = 60_000

/** What can be done to one process of a stack; a name that is not there is an error. */
export type PartControl = {
  /** SIGKILL; the part is started again by itself. The pid that was killed. */
  kill(name: string): number | undefined
  /**
   * SIGTERM, and started again once it has ended, maybe as something else: how it ended. `waitReady`
   * waits for the new one.
   */
  restart(name: string, as?: Partial<Pick<Part, 'cwd' | 'env'>>): Promise<Ended | undefined>
  /** SIGSTOP to it and all that it started. */
  freeze(name: string): number | undefined
  /** SIGCONT, also to a process that stopped itself. */
  thaw(name: string): void
  /** SIGKILL, and it is not started again before `letUp`. */
  holdDown(name: string): number | undefined
  letUp(name: string): void
  /** Resolves when it is ready and answers now; waits for a process that is gone or frozen. */
  waitReady(name: string, timeoutMs?: number): Promise<void>
}

export function partControl({ runner }: Supervisor): PartControl {
  return {
    kill: (name) => runner(name).kill(),
    restart: (name, as = {}) => {
      const { part } = runner(name)
      const env = { ...part.env, ...as.env }
      Object.assign(part, { ...as, env })
      return runner(name).restart()
    },
    freeze: (name) => runner(name).freeze(),
    thaw: (name) => runner(name).thaw(),
    holdDown: (name) => runner(name).holdDown(),
    letUp: (name) => runner(name).letUp(),
    waitReady: async (name, timeoutMs = readyTimeoutMs) => {
      const { status, part } = runner(name)
      const isReady = async () => status.state === 'ready' && (await part.ready())
      await waitUntil(`${name} to be ready`, isReady, timeoutMs)
    },
  }
}
